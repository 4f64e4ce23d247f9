import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { batchLoader } from '../../graphql/loader.ts'
import { Money } from '../../graphql/money.ts'
import type { OrderRow } from './queries.ts'
import { Order } from './schema.ts'
import {
  balanceOf,
  isOpen,
  orderPaymentStatus,
  PaymentNotPossibleError,
  type MoneyFacts,
  type OrderPaymentStatus,
} from '../payments/domain.ts'
import { loadMoneyOf, loadPaymentsOf, type OrderMoney, type PaymentRow } from '../payments/queries.ts'
import { Payment, PaymentMethodEnum } from '../payments/schema.ts'
import { startPayment } from './service/start-payment.ts'

const OrderPaymentStatusEnum = builder.enumType('OrderPaymentStatus', {
  description: 'What the ledger and the payments of an order come to.',
  values: {
    UNPAID: { description: 'Nothing has been paid, and nothing is asked for in advance.' },
    AWAITING: { description: 'The customer is asked to pay in advance and has not yet.' },
    PROOF_SUBMITTED: { description: 'The customer has sent a picture of a transfer; the shop looks at it.' },
    PARTIALLY_PAID: { description: 'A part of it has been paid.' },
    PAID: { description: 'All of it has been paid.' },
    FAILED: { description: 'The latest payment was declined or not made in time.' },
    REFUNDED: { description: 'All that was paid has been given back.' },
  } satisfies Record<OrderPaymentStatus, { description: string }>,
})

const paymentsOf = batchLoader<string, PaymentRow[]>(
  (ids, ctx) => loadPaymentsOf(ctx.app, ctx.authorize('payments:read').merchantId, ids),
  () => [],
)

const moneyLoader = batchLoader<string, OrderMoney | null>(
  (ids, ctx) => loadMoneyOf(ctx.app, ctx.authorize('payments:read').merchantId, ids),
  () => null,
)

/** The facts of the order's money, read with it or after it. */
async function moneyOf(order: OrderRow, ctx: RequestContext): Promise<MoneyFacts> {
  ctx.authorize('payments:read')
  const money = order.money ?? (await moneyLoader(ctx).load(order.id))
  if (!money) throw new Error(`Order ${order.id} does not exist in this shop`)
  return { status: order.status, ...money }
}

const balance = async (order: OrderRow, ctx: RequestContext, part: 'paid' | 'due' | 'toRefund') => ({
  amount: balanceOf(await moneyOf(order, ctx))[part],
  currency: order.currency,
  locale: order.locale,
})

builder.objectFields(Order, (t) => ({
  paymentStatus: t.field({
    type: OrderPaymentStatusEnum,
    description: 'Whether it is paid.',
    resolve: async (order, _args, ctx) => orderPaymentStatus(await moneyOf(order, ctx)),
  }),
  paid: t.field({
    type: Money,
    description: 'What has been paid, less what was given back.',
    resolve: (order, _args, ctx) => balance(order, ctx, 'paid'),
  }),
  due: t.field({
    type: Money,
    description: 'What the customer still owes; nothing for an order that came to nothing.',
    resolve: (order, _args, ctx) => balance(order, ctx, 'due'),
  }),
  toRefund: t.field({
    type: Money,
    description: 'What the shop owes the customer: money paid for an order that came to nothing, or paid twice.',
    resolve: (order, _args, ctx) => balance(order, ctx, 'toRefund'),
  }),
  payments: t.field({
    type: [Payment],
    description: 'Its payments, latest first. Empty for an order placed before payments were recorded.',
    resolve: (order, _args, ctx) => paymentsOf(ctx).load(order.id),
  }),
  payment: t.field({
    type: Payment,
    nullable: true,
    description: 'The payment that is open, else the latest; null when there is none.',
    resolve: async (order, _args, ctx) => {
      const payments = await paymentsOf(ctx).load(order.id)
      return payments.find(({ status }) => isOpen(status)) ?? payments[0] ?? null
    },
  }),
}))

builder.objectField(Payment, 'order', (t) =>
  t.field({ type: Order, description: 'What is paid.', resolve: (payment) => payment.orderId }),
)

const StartPaymentInput = builder.inputType('StartPaymentInput', {
  description: 'How an order is to be paid from now on.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The order.' }),
    method: t.field({ type: PaymentMethodEnum, required: true, description: 'A way to pay that the shop offers.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

builder.mutationField('startPayment', (t) =>
  t.field({
    type: Payment,
    description:
      'Lets an order be paid this way from now on: changes the way to pay, or makes a new link after a declined payment. A payment of the same way that is still open is answered as it is.',
    errors: {
      types: [NotFoundError, ValidationError, PaymentNotPossibleError],
      union: { description: 'The payment that is open now, or why there is none.' },
    },
    args: { input: t.arg({ type: StartPaymentInput, required: true, description: 'The order and the way.' }) },
    resolve: (_root, { input }, ctx) => startPayment(ctx.app, ctx.authorize('payments:write'), input),
  }),
)
