import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import { lookAhead } from '../../graphql/look-ahead.ts'
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
  description: 'The cart is empty, so nothing was ordered.',
  interfaces: [ErrorInterface],
})

builder.objectType(PriceChangedError, {
  name: 'PriceChangedError',
  description: 'The current total differs from `expectedTotal`. Nothing was ordered.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    total: t.field({ type: Money, description: 'Total at the current prices.', resolve: (error) => error.total }),
  }),
})

builder.objectType(IllegalTransitionError, {
  name: 'IllegalTransitionError',
  description: 'The action is not possible in the status of the order, or not allowed for you.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    status: t.field({
      type: OrderStatusEnum,
      description: 'Status of the order now.',
      resolve: (error) => error.status,
    }),
    allowedActions: t.field({
      type: [OrderActionEnum],
      description: 'Actions you may take now.',
      resolve: (error) => error.allowedActions,
    }),
  }),
})

const OrderLineInput = builder.inputType('OrderLineInput', {
  description: 'Line of an order that is placed without a cart. It names its variant by `variantId` or by `sku`.',
  fields: (t) => ({
    variantId: t.id({ description: 'Id of the variant. Null when `sku` is given.' }),
    sku: t.string({
      description:
        'SKU of the variant, as WhatsApp reports it in the `product_retailer_id` of a cart. Null when `variantId` is given.',
    }),
    quantity: t.int({ required: true, description: 'Pieces, 1 to 99.' }),
  }),
})

const PlaceOrderInput = builder.inputType('PlaceOrderInput', {
  description: "Order to be placed, of the given lines or of a customer's cart.",
  fields: (t) => ({
    customerId: t.id({ required: true, description: 'Id of the customer who orders.' }),
    lines: t.field({
      type: [OrderLineInput],
      description:
        "Lines of the order, 1 to 50, each of another variant. The customer's cart stays as it is. Null orders the cart.",
    }),
    fulfilment: t.field({
      type: FulfilmentEnum,
      required: true,
      description: 'Delivery to the address, or pick-up at the shop.',
    }),
    paymentMethod: t.field({
      type: PaymentMethodEnum,
      required: true,
      description: 'Payment method, one of `merchant.paymentMethods`.',
    }),
    address: t.string({
      description: 'Delivery address, 5 to 500 characters. Required for DELIVERY, ignored for PICKUP.',
    }),
    note: t.string({ description: 'Note to the shop, up to 500 characters.' }),
    expectedTotal: t.field({
      type: 'MinorUnits',
      description:
        'Total the customer has seen, in minor units. The order is refused with PriceChangedError when the current total differs.',
    }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key places one order.' }),
  }),
})

const TransitionOrderInput = builder.inputType('TransitionOrderInput', {
  description: 'Action on an order.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'Id of the order.' }),
    action: t.field({
      type: OrderActionEnum,
      required: true,
      description: 'Action to take, one of `order.allowedActions`.',
    }),
    reason: t.string({
      description: 'Up to 300 characters. The customer receives it when the order is rejected or cancelled.',
    }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

builder.mutationFields((t) => ({
  placeOrder: t.field({
    type: Order,
    description:
      "Places an order at current prices and reserves its stock. Without `lines` the customer's cart is ordered, and emptied.",
    errors: {
      types: [NotFoundError, ValidationError, EmptyCartError, OutOfStockError, PriceChangedError],
      union: { description: 'The new order, or the reason why there is none.' },
    },
    args: {
      input: t.arg({ type: PlaceOrderInput, required: true, description: 'Customer, fulfilment and payment method.' }),
    },
    resolve: (_root, { input }, ctx, info) =>
      placeOrder(ctx.app, ctx.authorize('orders:write'), input, lookAhead(info)),
  }),
  transitionOrder: t.field({
    type: Order,
    description: 'Takes an action on an order. The customer receives a message where the action concerns them.',
    errors: {
      types: [NotFoundError, ValidationError, IllegalTransitionError],
      union: { description: 'The order in its new status, or the reason why it did not change.' },
    },
    args: { input: t.arg({ type: TransitionOrderInput, required: true, description: 'Order and action.' }) },
    resolve: (_root, { input }, ctx, info) =>
      transitionOrder(ctx.app, ctx.authorize('orders:write'), input, lookAhead(info)),
  }),
}))
