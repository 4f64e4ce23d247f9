import type { GraphQLResolveInfo } from 'graphql'
import { mayActFor, type TenantActor } from '../../auth/actor.ts'
import type { Fulfilment, OrderStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { inOrder } from '../../graphql/loader.ts'
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
  description: 'Where an order is.',
  values: {
    PENDING: { description: 'Placed; its stock is held until the shop answers or the time is up.' },
    CONFIRMED: { description: 'Accepted by the shop.' },
    PREPARING: { description: 'Being made or packed.' },
    READY: { description: 'Waiting to be collected or dispatched.' },
    IN_DELIVERY: { description: 'On its way.' },
    DELIVERED: { description: 'Handed over.' },
    COMPLETED: { description: 'Done; nothing can happen to it any more.' },
    REJECTED: { description: 'The shop could not take it.' },
    EXPIRED: { description: 'Nobody answered in time.' },
    CANCELLED: { description: 'Called off by the shop or the customer.' },
    RETURNED: { description: 'Came back after it was handed over.' },
  } satisfies Record<OrderStatus, { description: string }>,
})

export const OrderActionEnum = builder.enumType('OrderAction', {
  description: 'What can be done to an order. `order.allowedActions` lists those possible now for you.',
  values: {
    ACCEPT: { description: 'Take the order: PENDING to CONFIRMED.' },
    REJECT: { description: 'Refuse it: PENDING to REJECTED. Stock is given back.' },
    START_PREPARING: { description: 'CONFIRMED to PREPARING.' },
    MARK_READY: { description: 'CONFIRMED or PREPARING to READY.' },
    DISPATCH: { description: 'Send it out: READY to IN_DELIVERY. For deliveries.' },
    DELIVER: { description: 'Handed over: IN_DELIVERY, or READY for a pick-up, to DELIVERED. Stock is taken.' },
    FAIL_DELIVERY: { description: 'It could not be handed over: IN_DELIVERY back to READY.' },
    COMPLETE: { description: 'DELIVERED to COMPLETED.' },
    CANCEL: { description: 'Call it off, up to READY; for the customer up to CONFIRMED. Stock is given back.' },
    RETURN: { description: 'It came back: DELIVERED to RETURNED. Stock is not put back by itself.' },
  } satisfies Record<OrderAction, { description: string }>,
})

export const FulfilmentEnum = builder.enumType('Fulfilment', {
  description: 'How an order reaches the customer.',
  values: {
    DELIVERY: { description: 'The shop brings it.' },
    PICKUP: { description: 'The customer collects it.' },
  } satisfies Record<Fulfilment, { description: string }>,
})

const OrderLine = builder.objectRef<OrderLineRow>('OrderLine').implement({
  description: 'What was bought, as it was called and priced then.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the line.' }),
    variantId: t.exposeID('variantId', { description: 'The variant bought; it may be gone from the catalogue.' }),
    sku: t.exposeString('sku', { description: "The merchant's code at that time." }),
    productName: t.exposeString('productName', { description: 'Name at that time.' }),
    variantName: t.exposeString('variantName', {
      description: 'Name of the form at that time; empty when there was one only.',
    }),
    quantity: t.exposeInt('quantity', { description: 'How many.' }),
    unitPrice: t.field({
      type: Money,
      description: 'Price of one at that time.',
      resolve: (line) => amount(line.unitPrice, line),
    }),
    total: t.field({ type: Money, description: 'Quantity times price.', resolve: (line) => amount(line.total, line) }),
  }),
})

const TimelineEntry = builder.objectRef<Entry>('TimelineEntry').implement({
  description: 'Something that happened to an order.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the entry.' }),
    type: t.exposeString('type', {
      description:
        'Event name; `notice` for a message sent about the order, `problem` for one in which the customer reports one.',
    }),
    at: t.field({ type: 'DateTime', description: 'When.', resolve: (entry) => entry.at }),
    actor: t.exposeString('actor', {
      description: 'Who did it: a staff member\'s or key\'s name, "Bot", "Customer" or "System".',
    }),
    status: t.field({
      type: OrderStatusEnum,
      nullable: true,
      description: 'Status reached, for status changes.',
      resolve: (entry) => entry.status,
    }),
    message: t.field({
      type: Message,
      nullable: true,
      description: 'The message, for notices: its status gives the ticks.',
      resolve: (entry) => entry.messageId,
    }),
  }),
})

export const Order = builder.loadableObjectRef<OrderRow, string>('Order', {
  load: async (ids, ctx) =>
    inOrder(ids, await loadOrders(ctx.app, ctx.authorize('orders:read').merchantId, ids), 'Order'),
})

const amount = (value: number, { currency, locale }: { currency: string; locale: string }) => ({
  amount: value,
  currency,
  locale,
})

/** The order with all its parts, for a row that was read without one. */
const whole = ({ id }: OrderRow, ctx: RequestContext): Promise<OrderRow> => Order.getDataloader(ctx).load(id)

Order.implement({
  description: 'An order. Names and prices are those of the moment it was placed.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the order.' }),
    number: t.exposeInt('number', { description: 'Counts up per shop; what people say aloud.' }),
    status: t.field({ type: OrderStatusEnum, description: 'Where it is.', resolve: (order) => order.status }),
    allowedActions: t.field({
      type: [OrderActionEnum],
      description: 'What you may do to this order now. Empty for a viewer.',
      resolve: (order, _args, ctx) => allowedOrderActions(order, ctx.actor),
    }),
    customer: t.field({
      type: Customer,
      description: 'Who ordered.',
      resolve: (order, _args, ctx) => {
        ctx.authorize('customers:read')
        return order.customer ?? order.customerId
      },
    }),
    conversation: t.field({
      type: Conversation,
      nullable: true,
      description: 'The chat with the customer.',
      resolve: (order, _args, ctx) => conversationOfCustomer(ctx).load(order.customerId),
    }),
    lines: t.field({
      type: [OrderLine],
      description: 'What was ordered.',
      resolve: (order, _args, ctx) => order.lines ?? whole(order, ctx).then(({ lines }) => lines ?? []),
    }),
    delivery: t.field({
      type: Delivery,
      nullable: true,
      description: 'How it reaches the customer; null for a pick-up, and before the shop has accepted.',
      resolve: (order, _args, ctx) =>
        order.delivery === undefined ? whole(order, ctx).then(({ delivery }) => delivery ?? null) : order.delivery,
    }),
    fulfilment: t.field({
      type: FulfilmentEnum,
      description: 'Delivered or collected.',
      resolve: (order) => order.fulfilment,
    }),
    paymentMethod: t.field({
      type: PaymentMethodEnum,
      description: 'How it is paid.',
      resolve: (order) => order.paymentMethod,
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'Where to deliver, as the customer wrote it; null for a pick-up.',
    }),
    note: t.exposeString('note', { description: 'What the customer added; may be empty.' }),
    subtotal: t.field({
      type: Money,
      description: 'Sum of the lines.',
      resolve: (order) => amount(order.subtotal, order),
    }),
    deliveryFee: t.field({
      type: Money,
      description: 'Added for delivery; zero for a pick-up.',
      resolve: (order) => amount(order.deliveryFee, order),
    }),
    total: t.field({
      type: Money,
      description: 'What the customer pays.',
      resolve: (order) => amount(order.total, order),
    }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it was rejected or cancelled.' }),
    reservedUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Stock is held until then while the order is PENDING; null afterwards.',
      resolve: (order) => order.reservedUntil,
    }),
    placedAt: t.field({
      type: 'DateTime',
      description: 'When the customer ordered.',
      resolve: (order) => order.placedAt,
    }),
    updatedAt: t.field({ type: 'DateTime', description: 'When it last moved.', resolve: (order) => order.updatedAt }),
    timeline: t.field({
      type: [TimelineEntry],
      description: 'What happened, oldest first, from the event log, with the messages sent about it.',
      resolve: (order, _args, ctx) => orderTimeline(ctx.app, ctx.authorize('orders:read').merchantId, order.id),
    }),
  }),
})

const OrderConnection = builder.connectionObject(
  { type: Order, name: 'OrderConnection', description: 'A page of orders.' },
  { name: 'OrderEdge', description: 'An order in a page.' },
)

const OrderFilterInput = builder.inputType('OrderFilter', {
  description: 'Narrows a list of orders; conditions add up.',
  fields: (t) => ({
    status: t.field({ type: [OrderStatusEnum], description: 'In one of these statuses.' }),
    customerId: t.id({ description: "Only this customer's." }),
    placedAfter: t.field({ type: 'DateTime', description: 'Placed later than this.' }),
    placedBefore: t.field({ type: 'DateTime', description: 'Placed earlier than this.' }),
    search: t.string({ description: 'Order number, or part of the customer’s name or phone.' }),
  }),
})

/** What the document selects of each order below a connection. */
const ofEach = (info: GraphQLResolveInfo): Selection => selectionAt(lookAhead(info), 'edges', 'node') ?? NOTHING
const NOTHING: Selection = new Map()

/** A bot on a turn sees the orders of its customer; others do not exist for it. */
const visible = (actor: TenantActor, order: OrderRow | null): OrderRow | null =>
  order && mayActFor(actor, order.customerId) ? order : null
const confine = (actor: TenantActor, filter: OrderFilter): OrderFilter =>
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
      description: 'What they ordered, newest first.',
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
    description: 'One order, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The order.' }) },
    resolve: async (_root, { id }, ctx) => {
      const actor = ctx.authorize('orders:read')
      return visible(actor, await findOrder(ctx.app, actor.merchantId, id))
    },
  }),
  orderByNumber: t.field({
    type: Order,
    nullable: true,
    description: 'One order by the number people say aloud, or null.',
    args: { number: t.arg.int({ required: true, description: 'The number.' }) },
    resolve: async (_root, { number }, ctx) => {
      const actor = ctx.authorize('orders:read')
      return visible(actor, await findOrderByNumber(ctx.app, actor.merchantId, number))
    },
  }),
  orders: t.connection(
    {
      type: Order,
      description: 'Orders, newest first.',
      args: { filter: t.arg({ type: OrderFilterInput, description: 'Only these.' }) },
      resolve: (_root, { filter, ...page }, ctx, info) => {
        const actor = ctx.authorize('orders:read')
        return keysetConnection(page, findOrders(ctx.app, actor.merchantId, confine(actor, filter ?? {}), ofEach(info)))
      },
    },
    OrderConnection,
  ),
}))
