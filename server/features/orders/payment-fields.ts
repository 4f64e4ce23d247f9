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
  description: 'Payment status of an order, derived from its ledger and its payments.',
  values: {
    UNPAID: { description: 'Nothing has been paid, and no payment in advance is open.' },
    AWAITING: { description: 'A payment in advance is open and not paid yet.' },
    PROOF_SUBMITTED: { description: 'The customer has sent an image of a transfer, and the shop has to check it.' },
    PARTIALLY_PAID: { description: 'Less than the total has been paid.' },
    PAID: { description: 'The total has been paid.' },
    FAILED: { description: 'The latest payment was declined or has expired.' },
    REFUNDED: { description: 'The whole paid amount has been refunded.' },
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

/** Ledger totals and payments of the order, read with the order or loaded now. */
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
    description: 'Payment status of the order.',
    resolve: async (order, _args, ctx) => orderPaymentStatus(await moneyOf(order, ctx)),
  }),
  paid: t.field({
    type: Money,
    description: 'Amount paid less amount refunded.',
    resolve: (order, _args, ctx) => balance(order, ctx, 'paid'),
  }),
  due: t.field({
    type: Money,
    description: 'Amount the customer still owes; 0 for a rejected, expired, cancelled or returned order.',
    resolve: (order, _args, ctx) => balance(order, ctx, 'due'),
  }),
  toRefund: t.field({
    type: Money,
    description:
      'Amount the shop owes the customer: paid for a rejected, expired, cancelled or returned order, or paid in excess of the total.',
    resolve: (order, _args, ctx) => balance(order, ctx, 'toRefund'),
  }),
  payments: t.field({
    type: [Payment],
    description: 'Payments of the order, latest first. Empty for an order placed before payments were recorded.',
    resolve: (order, _args, ctx) => paymentsOf(ctx).load(order.id),
  }),
  payment: t.field({
    type: Payment,
    nullable: true,
    description: 'The open payment, else the latest; null when there is none.',
    resolve: async (order, _args, ctx) => {
      const payments = await paymentsOf(ctx).load(order.id)
      return payments.find(({ status }) => isOpen(status)) ?? payments[0] ?? null
    },
  }),
}))

builder.objectField(Payment, 'order', (t) =>
  t.field({ type: Order, description: 'Order that is paid.', resolve: (payment) => payment.orderId }),
)

const StartPaymentInput = builder.inputType('StartPaymentInput', {
  description: 'New payment of an order.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'Id of the order.' }),
    method: t.field({
      type: PaymentMethodEnum,
      required: true,
      description: 'Payment method, one of `merchant.paymentMethods`.',
    }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

builder.mutationField('startPayment', (t) =>
  t.field({
    type: Payment,
    description:
      'Starts a payment of an order: changes its payment method, or makes a new link after a declined payment. An open payment by the same method is returned unchanged.',
    errors: {
      types: [NotFoundError, ValidationError, PaymentNotPossibleError],
      union: { description: 'The open payment, or the reason why there is none.' },
    },
    args: { input: t.arg({ type: StartPaymentInput, required: true, description: 'Order and payment method.' }) },
    resolve: (_root, { input }, ctx) => startPayment(ctx.app, ctx.authorize('payments:write'), input),
  }),
)
