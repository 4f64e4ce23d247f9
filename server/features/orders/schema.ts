import type { GraphQLResolveInfo } from 'graphql'
import { mayActFor, type TenantActor } from '../../auth/actor.ts'
import type { Fulfilment, OrderStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { orderByIds } from '../../graphql/loader.ts'
import { lookAhead, selectionAt, type Selection } from '../../graphql/look-ahead.ts'
import { Money } from '../../graphql/money.ts'
import { Message } from '../conversations/messages/message-schema.ts'
import { Conversation, conversationOfCustomer } from '../conversations/schema.ts'
import { Customer } from '../customers/schema.ts'
import { Delivery } from '../deliveries/schema.ts'
import { PaymentMethodEnum } from '../payments/schema.ts'
import { allowedOrderActions, type OrderAction } from './domain.ts'
import {
  findOrder,
  findOrderByNumber,
  findOrders,
  loadOrders,
  type OrderFilter,
  type OrderLineRow,
  type OrderRow,
} from './queries.ts'
import { orderTimeline, type TimelineEntry as Entry } from './timeline.ts'

export const OrderStatusEnum = builder.enumType('OrderStatus', {
  description: 'Status of an order.',
  values: {
    PENDING: { description: 'Placed. Its stock is reserved until the shop answers or `reservedUntil` passes.' },
    CONFIRMED: { description: 'The shop has accepted it.' },
    PREPARING: { description: 'The shop is making or packing it.' },
    READY: { description: 'Ready for pick-up or dispatch.' },
    IN_DELIVERY: { description: 'On its way to the customer.' },
    DELIVERED: { description: 'Handed over to the customer.' },
    COMPLETED: { description: 'Finished. A completed order no longer changes.' },
    REJECTED: { description: 'The shop has rejected it.' },
    EXPIRED: { description: 'The shop did not accept it in time.' },
    CANCELLED: { description: 'Cancelled by the shop, by the customer, or because it was not paid in time.' },
    RETURNED: { description: 'Returned after it was handed over.' },
  } satisfies Record<OrderStatus, { description: string }>,
})

export const OrderActionEnum = builder.enumType('OrderAction', {
  description: 'Actions on an order. `order.allowedActions` lists those that you may take now.',
  values: {
    ACCEPT: { description: 'Accepts the order: PENDING to CONFIRMED.' },
    REJECT: { description: 'Rejects the order: PENDING to REJECTED. Its stock is released.' },
    START_PREPARING: { description: 'Starts the preparation: CONFIRMED to PREPARING.' },
    MARK_READY: { description: 'Marks the order as ready: CONFIRMED or PREPARING to READY.' },
    DISPATCH: { description: 'Sends the order out: READY to IN_DELIVERY. Deliveries only.' },
    DELIVER: {
      description: 'Hands the order over: IN_DELIVERY, or READY for a pick-up, to DELIVERED. Its stock is consumed.',
    },
    FAIL_DELIVERY: { description: 'Records a failed delivery attempt: IN_DELIVERY to READY.' },
    COMPLETE: { description: 'Completes the order: DELIVERED to COMPLETED.' },
    CANCEL: {
      description:
        'Cancels the order. Staff may cancel until READY, the customer until CONFIRMED. Its stock is released.',
    },
    RETURN: { description: 'Records a return: DELIVERED to RETURNED. Stock on hand does not change.' },
  } satisfies Record<OrderAction, { description: string }>,
})

export const FulfilmentEnum = builder.enumType('Fulfilment', {
  description: 'How the customer receives an order.',
  values: {
    DELIVERY: { description: 'The shop delivers it.' },
    PICKUP: { description: 'The customer picks it up at the shop.' },
  } satisfies Record<Fulfilment, { description: string }>,
})

const OrderLine = builder.objectRef<OrderLineRow>('OrderLine').implement({
  description: 'Line of an order, with names and prices of the time it was placed.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id of the order line.' }),
    variantId: t.exposeID('variantId', {
      description: 'Id of the ordered variant, which may no longer be in the catalogue.',
    }),
    sku: t.exposeString('sku', { description: 'SKU when the order was placed.' }),
    productName: t.exposeString('productName', { description: 'Product name when the order was placed.' }),
    variantName: t.exposeString('variantName', {
      description: 'Variant name when the order was placed; empty for a product with one variant.',
    }),
    quantity: t.exposeInt('quantity', { description: 'Number of pieces.' }),
    unitPrice: t.field({
      type: Money,
      description: 'Price of one piece when the order was placed.',
      resolve: (line) => amount(line.unitPrice, line),
    }),
    total: t.field({
      type: Money,
      description: '`quantity` times `unitPrice`.',
      resolve: (line) => amount(line.total, line),
    }),
  }),
})

const TimelineEntry = builder.objectRef<Entry>('TimelineEntry').implement({
  description: 'Entry of the timeline of an order: an event, or a message about the order.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id of the event or message.' }),
    type: t.exposeString('type', {
      description:
        'Event type; `notice` for a message to the customer, `problem` for a message in which the customer reports one.',
    }),
    at: t.field({ type: 'DateTime', description: 'Time of the event or message.', resolve: (entry) => entry.at }),
    actor: t.exposeString('actor', {
      description: 'Name of the staff member or API key, "Bot", "Customer" or "System".',
    }),
    status: t.field({
      type: OrderStatusEnum,
      nullable: true,
      description: 'New status of the order; null for entries that do not change it.',
      resolve: (entry) => entry.status,
    }),
    message: t.field({
      type: Message,
      nullable: true,
      description: 'Message of a `notice` or `problem`, with its delivery status; null for events.',
      resolve: (entry) => entry.messageId,
    }),
  }),
})

export const Order = builder.loadableObjectRef<OrderRow, string>('Order', {
  load: async (ids, ctx) =>
    orderByIds(ids, await loadOrders(ctx.app, ctx.authorize('orders:read').merchantId, ids), 'Order'),
})

const amount = (value: number, { currency, locale }: { currency: string; locale: string }) => ({
  amount: value,
  currency,
  locale,
})

/** The order with all its parts, for a row that was read without some. */
const loadWholeOrder = ({ id }: OrderRow, ctx: RequestContext): Promise<OrderRow> => Order.getDataloader(ctx).load(id)

Order.implement({
  description: 'An order. It keeps the names and prices of the time it was placed.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id of the order.' }),
    number: t.exposeInt('number', { description: 'The number of the order, counted per shop, for people.' }),
    status: t.field({ type: OrderStatusEnum, description: 'Where it is.', resolve: (order) => order.status }),
    allowedActions: t.field({
      type: [OrderActionEnum],
      description: 'Actions you may take now. Empty for viewers.',
      resolve: (order, _args, ctx) => allowedOrderActions(order, ctx.actor),
    }),
    customer: t.field({
      type: Customer,
      description: 'Customer who placed the order.',
      resolve: (order, _args, ctx) => {
        ctx.authorize('customers:read')
        return order.customer ?? order.customerId
      },
    }),
    conversation: t.field({
      type: Conversation,
      nullable: true,
      description: 'Conversation with the customer; null when there is none.',
      resolve: (order, _args, ctx) => conversationOfCustomer(ctx).load(order.customerId),
    }),
    lines: t.field({
      type: [OrderLine],
      description: 'Order lines, always in the same order.',
      resolve: (order, _args, ctx) => order.lines ?? loadWholeOrder(order, ctx).then(({ lines }) => lines ?? []),
    }),
    delivery: t.field({
      type: Delivery,
      nullable: true,
      description: 'Delivery of the order; null for a pick-up, and until the shop accepts the order.',
      resolve: (order, _args, ctx) =>
        order.delivery === undefined
          ? loadWholeOrder(order, ctx).then(({ delivery }) => delivery ?? null)
          : order.delivery,
    }),
    fulfilment: t.field({
      type: FulfilmentEnum,
      description: 'Delivery or pick-up.',
      resolve: (order) => order.fulfilment,
    }),
    paymentMethod: t.field({
      type: PaymentMethodEnum,
      description: 'Payment method of the order.',
      resolve: (order) => order.paymentMethod,
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'Delivery address as the customer wrote it; null for a pick-up.',
    }),
    note: t.exposeString('note', { description: 'Note of the customer; empty when there is none.' }),
    subtotal: t.field({
      type: Money,
      description: 'Sum of the lines, without the delivery fee.',
      resolve: (order) => amount(order.subtotal, order),
    }),
    deliveryFee: t.field({
      type: Money,
      description: 'Delivery fee; 0 for a pick-up.',
      resolve: (order) => amount(order.deliveryFee, order),
    }),
    total: t.field({
      type: Money,
      description: 'Subtotal plus delivery fee.',
      resolve: (order) => amount(order.total, order),
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Reason of a rejection or cancellation; null when none was given.',
    }),
    reservedUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Time until which a PENDING order reserves its stock; null in other statuses.',
      resolve: (order) => order.reservedUntil,
    }),
    placedAt: t.field({
      type: 'DateTime',
      description: 'Time at which the order was placed.',
      resolve: (order) => order.placedAt,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'Time of the last status change.',
      resolve: (order) => order.updatedAt,
    }),
    timeline: t.field({
      type: [TimelineEntry],
      description: 'Events of the order and messages about it, oldest first.',
      resolve: (order, _args, ctx) => orderTimeline(ctx.app, ctx.authorize('orders:read').merchantId, order.id),
    }),
  }),
})

const OrderConnection = builder.connectionObject(
  { type: Order, name: 'OrderConnection', description: 'Page of a list of orders.' },
  { name: 'OrderEdge', description: 'Order in a page, with its cursor.' },
)

const OrderFilterInput = builder.inputType('OrderFilter', {
  description: 'Filters orders. All conditions must hold.',
  fields: (t) => ({
    status: t.field({ type: [OrderStatusEnum], description: 'Orders in any of these statuses.' }),
    customerId: t.id({ description: 'Orders of this customer.' }),
    placedAfter: t.field({ type: 'DateTime', description: 'Orders placed later than this time.' }),
    placedBefore: t.field({ type: 'DateTime', description: 'Orders placed earlier than this time.' }),
    search: t.string({ description: 'Order number, or part of the customer’s name or phone number.' }),
  }),
})

/** The fields of each order that the document selects below a connection. */
const ofEach = (info: GraphQLResolveInfo): Selection => selectionAt(lookAhead(info), 'edges', 'node') ?? NOTHING
const NOTHING: Selection = new Map()

/** A bot on a turn sees the orders of its customer only. */
const visible = (actor: TenantActor, order: OrderRow | null): OrderRow | null =>
  order && mayActFor(actor, order.customerId) ? order : null
const restrictToActor = (actor: TenantActor, filter: OrderFilter): OrderFilter =>
  actor.kind === 'BOT'
    ? {
        ...filter,
        customerId: filter.customerId && filter.customerId !== actor.customerId ? 'nobody' : actor.customerId,
      }
    : filter

builder.objectField(Customer, 'orders', (t) =>
  t.connection(
    {
      type: Order,
      description: 'Orders of the customer, newest first.',
      resolve: (customer, args, ctx, info) => {
        const { merchantId } = ctx.authorize('orders:read')
        return keysetConnection(args, findOrders(ctx.app, merchantId, { customerId: customer.id }, ofEach(info)))
      },
    },
    OrderConnection,
  ),
)

builder.queryFields((t) => ({
  order: t.field({
    type: Order,
    nullable: true,
    description: 'The order with this id, or null when your shop has none.',
    args: { id: t.arg.id({ required: true, description: 'Id of the order.' }) },
    resolve: async (_root, { id }, ctx, info) => {
      const actor = ctx.authorize('orders:read')
      return visible(actor, await findOrder(ctx.app, actor.merchantId, id, lookAhead(info)))
    },
  }),
  orderByNumber: t.field({
    type: Order,
    nullable: true,
    description: 'The order with this number, or null when your shop has none.',
    args: { number: t.arg.int({ required: true, description: 'Order number, from 1001 on.' }) },
    resolve: async (_root, { number }, ctx, info) => {
      const actor = ctx.authorize('orders:read')
      return visible(actor, await findOrderByNumber(ctx.app, actor.merchantId, number, lookAhead(info)))
    },
  }),
  orders: t.connection(
    {
      type: Order,
      description: 'Orders of the shop, newest first. A bot sees those of its customer.',
      args: {
        filter: t.arg({ type: OrderFilterInput, description: 'Conditions on the orders; all orders when left out.' }),
      },
      resolve: (_root, { filter, ...page }, ctx, info) => {
        const actor = ctx.authorize('orders:read')
        return keysetConnection(
          page,
          findOrders(ctx.app, actor.merchantId, restrictToActor(actor, filter ?? {}), ofEach(info)),
        )
      },
    },
    OrderConnection,
  ),
}))
