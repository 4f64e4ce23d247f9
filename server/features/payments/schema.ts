import { mayActFor } from '../../auth/actor.ts'
import type { LedgerKind, PaymentMethod, PaymentStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { inOrder } from '../../graphql/loader.ts'
import { Money } from '../../graphql/money.ts'
import { MediaAsset } from '../media/schema.ts'
import { allowedPaymentActions, type PaymentAction } from './domain.ts'
import { findPayment, findPayments, loadPayments, type LedgerRow, type PaymentRow } from './queries.ts'

export const PaymentMethodEnum = builder.enumType('PaymentMethod', {
  description: 'How an order is paid.',
  values: {
    CASH_ON_DELIVERY: { description: 'In cash, when it is handed over.' },
    BANK_TRANSFER: { description: 'By a transfer to the shop, proved by a picture.' },
    ONLINE: { description: 'By a link to the page of a payment provider.' },
  } satisfies Record<PaymentMethod, { description: string }>,
})

export const PaymentStatusEnum = builder.enumType('PaymentStatus', {
  description: 'Where a payment is.',
  values: {
    CREATED: { description: 'Its provider is being asked for a page to pay on.' },
    PENDING: { description: 'The customer can pay.' },
    PROOF_SUBMITTED: { description: 'The customer has sent a picture of the transfer; the shop looks at it.' },
    AUTHORIZED: { description: 'The provider has set the money aside and will take it.' },
    CAPTURED: { description: 'The money is there. It is in the ledger.' },
    FAILED: { description: 'It was declined. The customer may try again with a new payment.' },
    EXPIRED: { description: 'It was not paid in time.' },
    CANCELLED: { description: 'Called off, or another way to pay was chosen.' },
  } satisfies Record<PaymentStatus, { description: string }>,
})

export const PaymentActionEnum = builder.enumType('PaymentAction', {
  description: 'What the shop can do to a payment. `payment.allowedActions` lists those possible now for you.',
  values: {
    ACCEPT_PROOF: { description: 'The transfer has arrived: PROOF_SUBMITTED to CAPTURED.' },
    REFUSE_PROOF: {
      description: 'The picture proves nothing: back to PENDING. Needs a reason, which the customer is told.',
    },
    MARK_COLLECTED: {
      description: 'The money is in your hands, or seen on your account: PENDING to CAPTURED. Cash and transfers only.',
    },
    CANCEL: { description: 'Do not wait for it any more. The order stays as it is.' },
  } satisfies Record<PaymentAction, { description: string }>,
})

const LedgerKindEnum = builder.enumType('LedgerKind', {
  description: 'Which way money moved.',
  values: {
    CAPTURE: { description: 'To the shop.' },
    REFUND: { description: 'Back to the customer.' },
  } satisfies Record<LedgerKind, { description: string }>,
})

const LedgerEntry = builder.objectRef<LedgerRow>('LedgerEntry').implement({
  description: 'Money that really moved. Entries are added and never changed.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the entry.' }),
    kind: t.field({ type: LedgerKindEnum, description: 'Which way.', resolve: (entry) => entry.kind }),
    amount: t.field({
      type: Money,
      description: 'How much; negative when it went back to the customer.',
      resolve: (entry) => entry,
    }),
    reference: t.exposeString('reference', {
      description: 'What proves it: the provider’s name for the payment, or how it was seen.',
    }),
    author: t.exposeString('author', {
      description: 'Who recorded it: a member’s or key’s name, "Customer" or "System".',
    }),
    at: t.field({ type: 'DateTime', description: 'When it was recorded.', resolve: (entry) => entry.at }),
  }),
})

export const Payment = builder.loadableObjectRef<PaymentRow, string>('Payment', {
  load: async (ids, ctx) =>
    inOrder(ids, await loadPayments(ctx.app, ctx.authorize('payments:read').merchantId, ids), 'Payment'),
})

Payment.implement({
  description:
    'One way an order is meant to be paid. An order may have several, one after another; at most one is open.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the payment.' }),
    method: t.field({ type: PaymentMethodEnum, description: 'How.', resolve: (payment) => payment.method }),
    provider: t.exposeString('provider', { description: 'Who carries it out: `cash`, `bank_transfer`, `sandbox`.' }),
    status: t.field({ type: PaymentStatusEnum, description: 'Where it is.', resolve: (payment) => payment.status }),
    amount: t.field({ type: Money, description: 'What is asked for.', resolve: (payment) => payment }),
    checkoutUrl: t.exposeString('checkoutUrl', {
      nullable: true,
      description: 'Where the customer pays online; null unless it can be paid there now.',
    }),
    proof: t.field({
      type: MediaAsset,
      nullable: true,
      description: 'The picture that shows a transfer was made. Its addresses are signed for a short while.',
      resolve: (payment) => payment.proofMediaId,
    }),
    failureReason: t.exposeString('failureReason', {
      nullable: true,
      description: 'Why it failed, why the last proof was refused, or what the shop has to look into.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'Until when it can be paid; null where nothing hurries, as with cash or while the shop looks at a proof.',
      resolve: (payment) => payment.expiresAt,
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it began.', resolve: (payment) => payment.createdAt }),
    capturedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the money was there.',
      resolve: (payment) => payment.capturedAt,
    }),
    allowedActions: t.field({
      type: [PaymentActionEnum],
      description: 'What you may do to it now. Empty for a viewer, and for the bot.',
      resolve: (payment, _args, ctx) => allowedPaymentActions(payment, ctx.actor),
    }),
    entries: t.field({
      type: [LedgerEntry],
      description: 'The money it moved, oldest first.',
      resolve: (payment) => payment.entries,
    }),
  }),
})

const PaymentConnection = builder.connectionObject(
  { type: Payment, name: 'PaymentConnection', description: 'A page of payments.' },
  { name: 'PaymentEdge', description: 'A payment in a page.' },
)

const PaymentFilterInput = builder.inputType('PaymentFilter', {
  description: 'Narrows a list of payments; conditions add up.',
  fields: (t) => ({
    status: t.field({ type: [PaymentStatusEnum], description: 'In one of these statuses.' }),
    method: t.field({ type: [PaymentMethodEnum], description: 'To be paid in one of these ways.' }),
    orderId: t.id({ description: 'Only of this order.' }),
  }),
})

builder.queryFields((t) => ({
  payment: t.field({
    type: Payment,
    nullable: true,
    description: 'One payment, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The payment.' }) },
    resolve: async (_root, { id }, ctx) => {
      const actor = ctx.authorize('payments:read')
      const payment = await findPayment(ctx.app, actor.merchantId, id)
      return payment && mayActFor(actor, payment.customerId) ? payment : null
    },
  }),
  payments: t.connection(
    {
      type: Payment,
      description: 'Payments, latest first.',
      args: { filter: t.arg({ type: PaymentFilterInput, description: 'Only these.' }) },
      resolve: (_root, { filter, ...page }, ctx) => {
        const actor = ctx.authorize('payments:read')
        const own = actor.kind === 'BOT' ? { customerId: actor.customerId } : {}
        return keysetConnection(page, findPayments(ctx.app, actor.merchantId, { ...filter, ...own }))
      },
    },
    PaymentConnection,
  ),
}))
