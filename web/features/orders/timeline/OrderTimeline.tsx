import {
  IconAlertTriangle,
  IconBrandWhatsapp,
  IconCheck,
  IconCircleX,
  IconReceipt,
  IconTruckDelivery,
} from '@tabler/icons-react'
import type { OrderDetailFragment, TimelineRowFragment } from '../../../generated/operations.ts'
import { Card } from '../../../ui/Card.tsx'
import { MessageTicks } from '../../messages/MessageTicks.tsx'
import { failureReason, ticksOf } from '../../messages/ticks.ts'
import { UnknownMessage } from '../../messages/UnknownMessage.tsx'
import { useDates } from '../../../session/use-dates.ts'
import classes from './OrderTimeline.module.css'
import { STATUS_LABELS } from '../order-status.ts'
import { shownEntries, timelineTitle } from './timeline.ts'

function iconOf(entry: TimelineRowFragment) {
  if (entry.type === 'notice') return IconBrandWhatsapp
  if (entry.type === 'problem') return IconAlertTriangle
  if (entry.type === 'order_created') return IconReceipt
  if (entry.status === 'IN_DELIVERY') return IconTruckDelivery
  const tone = entry.status ? STATUS_LABELS[entry.status].tone : 'good'
  return tone === 'bad' || tone === 'muted' ? IconCircleX : IconCheck
}

function Notice({ message }: { message: NonNullable<TimelineRowFragment['message']> }) {
  return (
    <div className={classes.notice}>
      <span className={classes.noticeText}>{message.text}</span>
      <span className={classes.noticeState}>
        {ticksOf(message.status)?.label}
        <MessageTicks status={message.status} />
      </span>
      <UnknownMessage message={message} />
      {message.status === 'FAILED' && <span className={classes.failure}>{failureReason(message)}</span>}
    </div>
  )
}

/** The history of the order, oldest first, with the messages about it and their delivery status. */
export function OrderTimeline({ order }: { order: OrderDetailFragment }) {
  const dates = useDates()
  return (
    <Card title="Timeline">
      <ol className={classes.list}>
        {shownEntries(order.timeline).map((entry) => {
          const Icon = iconOf(entry)
          return (
            <li key={entry.id} className={classes.entry}>
              <span className={classes.icon} data-notice={entry.type === 'notice'}>
                <Icon size={15} stroke={1.9} aria-hidden="true" />
              </span>
              <div className={classes.what}>
                <span className={classes.title}>{timelineTitle(entry, order.fulfilment)}</span>
                <span className={classes.meta}>
                  {entry.actor} ·{' '}
                  <time dateTime={entry.at} title={dates.full(entry.at)}>
                    {dates.moment(entry.at)}
                  </time>
                </span>
                {entry.message && <Notice message={entry.message} />}
              </div>
            </li>
          )
        })}
      </ol>
    </Card>
  )
}
