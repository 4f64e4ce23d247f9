import { mayActFor } from '../../auth/actor.ts'
import type { LedgerKind, PaymentMethod, PaymentStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { orderByIds } from '../../graphql/loader.ts'
import { Money } from '../../graphql/money.ts'
import { MediaAsset } from '../media/schema.ts'
import { allowedPaymentActions, type PaymentAction } from './domain.ts'
import { findPayment, findPayments, loadPayments, type LedgerRow, type PaymentRow } from './queries.ts'

export const PaymentMethodEnum = builder.enumType('PaymentMethod', {
  description: 'How the customer pays an order.',
  values: {
    CASH_ON_DELIVERY: { description: 'Cash, when the order is handed over.' },
    BANK_TRANSFER: { description: 'Bank transfer to the shop. The customer proves it with an image.' },
    ONLINE: { description: 'Checkout page of a payment provider, opened by a link.' },
  } satisfies Record<PaymentMethod, { description: string }>,
})

export const PaymentStatusEnum = builder.enumType('PaymentStatus', {
  description: 'Status of a payment.',
  values: {
    CREATED: { description: 'The provider has not opened the checkout page yet.' },
    PENDING: { description: 'The customer can pay now.' },
    PROOF_SUBMITTED: { description: 'The customer has sent an image of the transfer, and the shop has to check it.' },
    AUTHORIZED: { description: 'The provider has authorised the amount and will capture it.' },
    CAPTURED: { description: 'The money has arrived and is in the ledger.' },
    FAILED: { description: 'The provider declined it. The customer may try again with a new payment.' },
    EXPIRED: { description: 'The customer did not pay in time.' },
    CANCELLED: { description: 'The shop or the customer cancelled it, or the customer chose another payment method.' },
  } satisfies Record<PaymentStatus, { description: string }>,
})

export const PaymentActionEnum = builder.enumType('PaymentAction', {
  description: 'Actions of staff on a payment. `payment.allowedActions` lists those that you may take now.',
  values: {
    ACCEPT_PROOF: { description: 'Confirms that the transfer has arrived: PROOF_SUBMITTED to CAPTURED.' },
    REFUSE_PROOF: {
      description: 'Refuses the proof: PROOF_SUBMITTED to PENDING. Requires a reason, which the customer receives.',
    },
    MARK_COLLECTED: {
      description: 'Confirms that you have received the money: PENDING to CAPTURED. Cash and bank transfers only.',
    },
    CANCEL: { description: 'Cancels the open payment. The order keeps its status.' },
  } satisfies Record<PaymentAction, { description: string }>,
})

const LedgerKindEnum = builder.enumType('LedgerKind', {
  description: 'Direction of a ledger entry.',
  values: {
    CAPTURE: { description: 'The shop received money.' },
    REFUND: { description: 'The customer received money back.' },
  } satisfies Record<LedgerKind, { description: string }>,
})

const LedgerEntry = builder.objectRef<LedgerRow>('LedgerEntry').implement({
  description: 'Entry of the ledger of money received and refunded. Entries are added and never changed.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the entry.' }),
    kind: t.field({
      type: LedgerKindEnum,
      description: 'Whether the shop received the money or refunded it.',
      resolve: (entry) => entry.kind,
    }),
    amount: t.field({
      type: Money,
      description: 'Amount of the entry; negative for a refund.',
      resolve: (entry) => entry,
    }),
    reference: t.exposeString('reference', {
      description:
        'Evidence of the entry: the provider’s id of the payment, `proof:<media id>`, `collected` or `delivered`.',
    }),
    author: t.exposeString('author', {
      description: 'Name of the staff member or API key that recorded it, "Customer" or "System".',
    }),
    at: t.field({
      type: 'DateTime',
      description: 'Time at which the entry was recorded.',
      resolve: (entry) => entry.at,
    }),
  }),
})

export const Payment = builder.loadableObjectRef<PaymentRow, string>('Payment', {
  load: async (ids, ctx) =>
    orderByIds(ids, await loadPayments(ctx.app, ctx.authorize('payments:read').merchantId, ids), 'Payment'),
})

Payment.implement({
  description:
    'A payment of an order by one method. An order may have several, one after another; at most one is open.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the payment.' }),
    method: t.field({
      type: PaymentMethodEnum,
      description: 'Method by which the customer pays.',
      resolve: (payment) => payment.method,
    }),
    provider: t.exposeString('provider', {
      description: 'Provider that processes it: `cash`, `bank_transfer` or `sandbox`.',
    }),
    status: t.field({
      type: PaymentStatusEnum,
      description: 'Status of the payment now.',
      resolve: (payment) => payment.status,
    }),
    amount: t.field({ type: Money, description: 'Amount the customer has to pay.', resolve: (payment) => payment }),
    checkoutUrl: t.exposeString('checkoutUrl', {
      nullable: true,
      description: 'Address of the checkout page; null unless the payment is online and can be paid now.',
    }),
    proof: t.field({
      type: MediaAsset,
      nullable: true,
      description:
        'Image that proves a bank transfer; null until the customer has sent one. Its URLs are signed and expire.',
      resolve: (payment) => payment.proofMediaId,
    }),
    failureReason: t.exposeString('failureReason', {
      nullable: true,
      description:
        'Reason of a failure, of a refused proof, or of a mismatch that the shop has to check; null without one.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Time at which an unpaid payment expires; null for cash, and while the shop checks a proof.',
      resolve: (payment) => payment.expiresAt,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'Time at which the payment was created.',
      resolve: (payment) => payment.createdAt,
    }),
    capturedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Time at which the money arrived; null before that.',
      resolve: (payment) => payment.capturedAt,
    }),
    allowedActions: t.field({
      type: [PaymentActionEnum],
      description: 'Actions you may take now. Empty for viewers and for the bot.',
      resolve: (payment, _args, ctx) => allowedPaymentActions(payment, ctx.actor),
    }),
    entries: t.field({
      type: [LedgerEntry],
      description: 'Its ledger entries, oldest first.',
      resolve: (payment) => payment.entries,
    }),
  }),
})

const PaymentConnection = builder.connectionObject(
  { type: Payment, name: 'PaymentConnection', description: 'Page of a list of payments.' },
  { name: 'PaymentEdge', description: 'Payment in a page, with its cursor.' },
)

const PaymentFilterInput = builder.inputType('PaymentFilter', {
  description: 'Filters payments. All conditions must hold.',
  fields: (t) => ({
    status: t.field({ type: [PaymentStatusEnum], description: 'Payments in any of these statuses.' }),
    method: t.field({ type: [PaymentMethodEnum], description: 'Payments by any of these methods.' }),
    orderId: t.id({ description: 'Payments of this order.' }),
  }),
})

builder.queryFields((t) => ({
  payment: t.field({
    type: Payment,
    nullable: true,
    description: 'The payment with this id, or null when your shop has none.',
    args: { id: t.arg.id({ required: true, description: 'Id of the payment.' }) },
    resolve: async (_root, { id }, ctx) => {
      const actor = ctx.authorize('payments:read')
      const payment = await findPayment(ctx.app, actor.merchantId, id)
      return payment && mayActFor(actor, payment.customerId) ? payment : null
    },
  }),
  payments: t.connection(
    {
      type: Payment,
      description: 'Payments of the shop, latest first. A bot sees those of its customer.',
      args: {
        filter: t.arg({
          type: PaymentFilterInput,
          description: 'Conditions on the payments; all payments when left out.',
        }),
      },
      resolve: (_root, { filter, ...page }, ctx) => {
        const actor = ctx.authorize('payments:read')
        const own = actor.kind === 'BOT' ? { customerId: actor.customerId } : {}
        return keysetConnection(page, findPayments(ctx.app, actor.merchantId, { ...filter, ...own }))
      },
    },
    PaymentConnection,
  ),
}))
