import { Button, NativeSelect } from '@mantine/core'
import { IconMailbox, IconSearchOff } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { useWebhookEventTypesQuery } from '../../generated/hooks.ts'
import type {
  PagePartsFragment,
  WebhookDeliveryRowFragment,
  WebhookEndpointRowFragment,
} from '../../generated/operations.ts'
import { paths } from '../../paths.ts'
import { Card } from '../../ui/Card.tsx'
import { FilterTabs } from '../../ui/FilterTabs.tsx'
import { Pager } from '../../ui/Pager.tsx'
import { Pill } from '../../ui/Pill.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import type { PageState } from '../../ui/use-page.ts'
import { useParams } from '../../ui/use-params.ts'
import { useDates } from '../../session/use-dates.ts'
import { DeliveryDialog } from './DeliveryDialog.tsx'
import { DELIVERY_STATUS } from './webhook-status.ts'
import classes from './Webhooks.module.css'

const TABS = [{ key: '', label: 'All' }, ...Object.entries(DELIVERY_STATUS).map(([key, { label }]) => ({ key, label }))]

function TypeFilter() {
  const [params, setParams] = useParams()
  const [{ data }] = useWebhookEventTypesQuery()
  const types = [...(data?.webhookEventTypes.map(({ type }) => type as string) ?? []), 'webhook_test']
  return (
    <NativeSelect
      aria-label="Filter by event"
      value={params.get('type') ?? ''}
      data={[{ value: '', label: 'All events' }, ...types]}
      onChange={(event) => setParams({ type: event.currentTarget.value, after: null, before: null })}
    />
  )
}

function DeliveryItem({ delivery, onOpen }: { delivery: WebhookDeliveryRowFragment; onOpen: () => void }) {
  const dates = useDates()
  const { label, tone } = DELIVERY_STATUS[delivery.status]
  const { attemptCount, nextAttemptAt } = delivery
  return (
    <li>
      <button type="button" className={classes.row} onClick={onOpen}>
        <span>
          <span className={classes.name}>{delivery.type}</span>
          <span className={classes.dim}>
            {dates.moment(delivery.createdAt)} · {attemptCount} {attemptCount === 1 ? 'attempt' : 'attempts'}
            {nextAttemptAt && attemptCount > 0 && ` · next ${dates.moment(nextAttemptAt)}`}
          </span>
        </span>
        <Pill tone={tone}>{label}</Pill>
      </button>
    </li>
  )
}

type DeliveryLogProps = {
  endpoint: WebhookEndpointRowFragment
  deliveries: WebhookDeliveryRowFragment[]
  pageInfo: PagePartsFragment
  page: PageState
  filtered: boolean
}

/** The deliveries to an endpoint, newest first. */
export function DeliveryLog({ endpoint, deliveries, pageInfo, page, filtered }: DeliveryLogProps) {
  const [open, setOpen] = useState<string | null>(null)
  return (
    <Card title="Deliveries" flush aside={<TypeFilter />}>
      <div className={classes.tabs}>
        <FilterTabs label="Filter deliveries" param="status" tabs={TABS} />
      </div>
      {deliveries.length > 0 && (
        <ul className={classes.list}>
          {deliveries.map((delivery) => (
            <DeliveryItem key={delivery.id} delivery={delivery} onOpen={() => setOpen(delivery.id)} />
          ))}
        </ul>
      )}
      {deliveries.length === 0 &&
        (filtered ? (
          <StateMessage
            icon={IconSearchOff}
            title="No delivery matches"
            action={
              <Button component={Link} href={paths.webhook(endpoint.id)} variant="default">
                Show all deliveries
              </Button>
            }
          />
        ) : (
          <StateMessage icon={IconMailbox} title="Nothing sent yet">
            The next event appears here. Send a test event to check that the endpoint responds.
          </StateMessage>
        ))}
      <Pager page={page} info={pageInfo} items="deliveries" />
      <DeliveryDialog id={open} endpoint={endpoint} onClose={() => setOpen(null)} />
    </Card>
  )
}
