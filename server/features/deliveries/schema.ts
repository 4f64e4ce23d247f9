import type { DeliveryStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'

/** A delivery as the API shows it; times are RFC 3339. */
export type DeliveryRow = {
  id: string
  status: DeliveryStatus
  address: string
  dispatchedAt: string | null
  deliveredAt: string | null
}

const DeliveryStatusEnum = builder.enumType('DeliveryStatus', {
  description: 'Where a delivery is.',
  values: {
    PENDING: { description: 'The order was accepted and will be delivered.' },
    IN_TRANSIT: { description: 'On its way.' },
    DELIVERED: { description: 'Handed over.' },
    ATTEMPT_FAILED: { description: 'It could not be handed over; the order is back in the shop.' },
    CANCELLED: { description: 'The order was cancelled.' },
  } satisfies Record<DeliveryStatus, { description: string }>,
})

export const Delivery = builder.objectRef<DeliveryRow>('Delivery').implement({
  description: 'How an order reaches the customer.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the delivery.' }),
    status: t.field({ type: DeliveryStatusEnum, description: 'Where it is.', resolve: (delivery) => delivery.status }),
    address: t.exposeString('address', { description: 'Where to, as the customer wrote it.' }),
    dispatchedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it last left the shop.',
      resolve: (delivery) => delivery.dispatchedAt,
    }),
    deliveredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was handed over.',
      resolve: (delivery) => delivery.deliveredAt,
    }),
  }),
})
