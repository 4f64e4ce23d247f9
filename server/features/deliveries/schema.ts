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
  description: 'The state of a delivery.',
  values: {
    PENDING: { description: 'The order was accepted and has not left the shop.' },
    IN_TRANSIT: { description: 'The order is on its way to the customer.' },
    DELIVERED: { description: 'The order was delivered to the customer.' },
    ATTEMPT_FAILED: { description: 'The delivery attempt failed; the order is back in the shop.' },
    CANCELLED: { description: 'The order was cancelled.' },
  } satisfies Record<DeliveryStatus, { description: string }>,
})

export const Delivery = builder.objectRef<DeliveryRow>('Delivery').implement({
  description: 'The delivery of an order to the customer.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the delivery, a UUID.' }),
    status: t.field({
      type: DeliveryStatusEnum,
      description: 'The state of the delivery.',
      resolve: (delivery) => delivery.status,
    }),
    address: t.exposeString('address', { description: 'The delivery address as the customer wrote it.' }),
    dispatchedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the order last left the shop; null until the first attempt.',
      resolve: (delivery) => delivery.dispatchedAt,
    }),
    deliveredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the order was delivered; null until then.',
      resolve: (delivery) => delivery.deliveredAt,
    }),
  }),
})
