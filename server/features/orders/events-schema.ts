import { eventFields, eventType } from '../../graphql/event-type.ts'
import { lookAhead } from '../../graphql/look-ahead.ts'
import { deliveryCompleted, deliveryStarted } from '../deliveries/events.ts'
import { paymentFailed, paymentReceived, paymentRefunded, paymentStatusChanged } from '../payments/events.ts'
import { orderCreated, orderStatusChanged } from './events.ts'
import { Order, OrderStatusEnum } from './schema.ts'
import { loadSelectedOrder } from './selected-orders.ts'

eventType(orderCreated)

eventType(orderStatusChanged, (t, payload) => ({
  from: t.field({
    type: OrderStatusEnum,
    description: 'Status before the change.',
    resolve: (event) => payload(event).from,
  }),
  to: t.field({
    type: OrderStatusEnum,
    description: 'Status after the change.',
    resolve: (event) => payload(event).to,
  }),
}))

/** All events about an order, including those of lower features, which know only its id. */
const ABOUT_ORDERS = [
  orderCreated,
  orderStatusChanged,
  deliveryStarted,
  deliveryCompleted,
  paymentReceived,
  paymentFailed,
  paymentRefunded,
  paymentStatusChanged,
]

for (const definition of ABOUT_ORDERS) {
  eventFields<{ orderId: string }>(definition, (t, payload) => ({
    order: t.field({
      type: Order,
      description: 'Current state of the order.',
      resolve: (event, _args, ctx, info) => loadSelectedOrder(ctx, payload(event).orderId, lookAhead(info)),
    }),
  }))
}
