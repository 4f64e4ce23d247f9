import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import { Money } from '../../graphql/money.ts'
import { OutOfStockError } from '../catalog/stock.ts'
import { PaymentMethodEnum } from '../payments/schema.ts'
import { IllegalTransitionError } from './domain.ts'
import { EmptyCartError, PriceChangedError } from './pricing.ts'
import { FulfilmentEnum, Order, OrderActionEnum, OrderStatusEnum } from './schema.ts'
import { placeOrder } from './service/place-order.ts'
import { transitionOrder } from './service/transition-order.ts'

builder.objectType(EmptyCartError, {
  name: 'EmptyCartError',
  description: 'There is nothing in the cart to order.',
  interfaces: [ErrorInterface],
})

builder.objectType(PriceChangedError, {
  name: 'PriceChangedError',
  description: 'The total is not the one the customer was shown. Nothing was ordered.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    total: t.field({ type: Money, description: 'What it would cost now.', resolve: (error) => error.total }),
  }),
})

builder.objectType(IllegalTransitionError, {
  name: 'IllegalTransitionError',
  description: 'The order cannot do this from where it is, or you may not do it.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    status: t.field({ type: OrderStatusEnum, description: 'Where the order is.', resolve: (error) => error.status }),
    allowedActions: t.field({
      type: [OrderActionEnum],
      description: 'What you may do instead.',
      resolve: (error) => error.allowedActions,
    }),
  }),
})

const PlaceOrderInput = builder.inputType('PlaceOrderInput', {
  description: "Turns a customer's cart into an order.",
  fields: (t) => ({
    customerId: t.id({ required: true, description: 'Whose cart.' }),
    fulfilment: t.field({ type: FulfilmentEnum, required: true, description: 'Delivered or collected.' }),
    paymentMethod: t.field({ type: PaymentMethodEnum, required: true, description: 'How it will be paid.' }),
    address: t.string({ description: 'Where to, 5 to 500 characters. Required for DELIVERY.' }),
    note: t.string({ description: 'For the shop, up to 500 characters.' }),
    expectedTotal: t.field({
      type: 'MinorUnits',
      description:
        'The total the customer was shown, in minor units; a different one is refused with PriceChangedError.',
    }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key orders once.' }),
  }),
})

const TransitionOrderInput = builder.inputType('TransitionOrderInput', {
  description: 'What to do to an order.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The order.' }),
    action: t.field({ type: OrderActionEnum, required: true, description: 'What to do.' }),
    reason: t.string({ description: 'Up to 300 characters. Told to the customer when rejecting or cancelling.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

builder.mutationFields((t) => ({
  placeOrder: t.field({
    type: Order,
    description: "Turns the customer's cart into an order: prices are the server's, stock is held.",
    errors: {
      types: [NotFoundError, ValidationError, EmptyCartError, OutOfStockError, PriceChangedError],
      union: { description: 'The new order, or why there is none.' },
    },
    args: { input: t.arg({ type: PlaceOrderInput, required: true, description: 'The order.' }) },
    resolve: (_root, { input }, ctx) => placeOrder(ctx.app, ctx.authorize('orders:write'), input),
  }),
  transitionOrder: t.field({
    type: Order,
    description: 'Moves an order along. The customer is told where it matters to them.',
    errors: {
      types: [NotFoundError, ValidationError, IllegalTransitionError],
      union: { description: 'The order where it is now, or why it did not move.' },
    },
    args: { input: t.arg({ type: TransitionOrderInput, required: true, description: 'The move.' }) },
    resolve: (_root, { input }, ctx) => transitionOrder(ctx.app, ctx.authorize('orders:write'), input),
  }),
}))
