import { Button, Text } from '@mantine/core'
import { IconBuildingStore, IconMessageCircle, IconNote, IconTruckDelivery } from '@tabler/icons-react'
import { Link } from 'wouter'
import { languageName } from '../../../format/people.ts'
import type { DeliveryStatus, OrderDetailFragment } from '../../../generated/operations.ts'
import { paths } from '../../../paths.ts'
import { Card } from '../../../ui/Card.tsx'
import { Pill, type Tone } from '../../../ui/Pill.tsx'
import { CustomerName } from '../../customers/CustomerName.tsx'
import { useDates } from '../../../session/use-dates.ts'
import classes from './OrderPage.module.css'

const DELIVERY_LABELS: Record<DeliveryStatus, { label: string; tone: Tone }> = {
  PENDING: { label: 'Not dispatched yet', tone: 'muted' },
  IN_TRANSIT: { label: 'On the way', tone: 'progress' },
  DELIVERED: { label: 'Delivered', tone: 'good' },
  ATTEMPT_FAILED: { label: 'Delivery failed', tone: 'bad' },
  CANCELLED: { label: 'Cancelled', tone: 'muted' },
}

export function CustomerCard({ order }: { order: OrderDetailFragment }) {
  const { customer, conversation } = order
  const dates = useDates()
  return (
    <Card title="Customer">
      <CustomerName customer={customer} />
      <Text size="sm" c="dimmed" mt={8} mb="sm">
        {customer.language ? `Speaks ${languageName(customer.language)} · ` : ''}
        first seen {dates.date(customer.createdAt)}
      </Text>
      {conversation && (
        <Button
          component={Link}
          href={paths.conversation(conversation.id)}
          variant="default"
          fullWidth
          leftSection={<IconMessageCircle size={17} />}
        >
          Open chat
        </Button>
      )}
    </Card>
  )
}

export function FulfilmentCard({ order }: { order: OrderDetailFragment }) {
  const dates = useDates()
  const { delivery } = order
  const isDelivery = order.fulfilment === 'DELIVERY'
  const Icon = isDelivery ? IconTruckDelivery : IconBuildingStore
  const status = delivery && DELIVERY_LABELS[delivery.status]
  return (
    <Card
      title={isDelivery ? 'Delivery' : 'Pick-up'}
      aside={isDelivery && status ? <Pill tone={status.tone}>{status.label}</Pill> : null}
    >
      <p className={classes.fact}>
        <Icon size={18} stroke={1.6} aria-hidden="true" />
        <span>{isDelivery ? (delivery?.address ?? order.address) : 'The customer picks it up at your shop'}</span>
      </p>
      {order.note && (
        <p className={classes.fact}>
          <IconNote size={18} stroke={1.6} aria-hidden="true" />
          <span>“{order.note}”</span>
        </p>
      )}
      {delivery?.dispatchedAt && <p className={classes.dim}>Dispatched {dates.moment(delivery.dispatchedAt)}</p>}
      {delivery?.deliveredAt && <p className={classes.dim}>Delivered {dates.moment(delivery.deliveredAt)}</p>}
    </Card>
  )
}
