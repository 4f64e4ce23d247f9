import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import { Merchant } from '../merchants/schema.ts'
import { IllegalPaymentActionError, PaymentNotPossibleError } from './domain.ts'
import { Payment, PaymentActionEnum, PaymentMethodEnum, PaymentStatusEnum } from './schema.ts'
import { confirmPayment } from './service/confirm-payment.ts'
import { submitPaymentProof } from './service/submit-proof.ts'
import { recordRefund } from './service/record-refund.ts'
import { updatePaymentSettings } from './service/update-payment-settings.ts'
import { transitionPayment } from './service/transition-payment.ts'

builder.objectType(PaymentNotPossibleError, {
  name: 'PaymentNotPossibleError',
  description: 'The order cannot be paid this way, or not any more. The message says why.',
  interfaces: [ErrorInterface],
})

builder.objectType(IllegalPaymentActionError, {
  name: 'IllegalPaymentActionError',
  description: 'The payment cannot do this from where it is, or you may not do it.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    status: t.field({
      type: PaymentStatusEnum,
      description: 'Where the payment is.',
      resolve: (error) => error.status,
    }),
    allowedActions: t.field({
      type: [PaymentActionEnum],
      description: 'What you may do instead.',
      resolve: (error) => error.allowedActions,
    }),
  }),
})

const KEY = 'Repeating the same request with the same key does it once.'

const SubmitPaymentProofInput = builder.inputType('SubmitPaymentProofInput', {
  description: 'A picture that shows a transfer was made.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The order that was paid.' }),
    messageId: t.id({ required: true, description: 'A message of the customer with a picture.' }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const TransitionPaymentInput = builder.inputType('TransitionPaymentInput', {
  description: 'What to do to a payment.',
  fields: (t) => ({
    paymentId: t.id({ required: true, description: 'The payment.' }),
    action: t.field({ type: PaymentActionEnum, required: true, description: 'What to do.' }),
    reason: t.string({ description: 'Up to 300 characters. Required for REFUSE_PROOF: the customer is told it.' }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const ConfirmPaymentInput = builder.inputType('ConfirmPaymentInput', {
  description: 'Which payment to make sure of.',
  fields: (t) => ({ paymentId: t.id({ required: true, description: 'The payment.' }) }),
})

const RecordRefundInput = builder.inputType('RecordRefundInput', {
  description: 'Money that was given back.',
  fields: (t) => ({
    paymentId: t.id({ required: true, description: 'The payment it was taken by.' }),
    amount: t.field({
      type: 'MinorUnits',
      required: true,
      description: 'In minor units; at most what the payment still holds.',
    }),
    reason: t.string({ required: true, description: 'Why, for the books; 1 to 300 characters.' }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const PaymentSettingsInput = builder.inputType('PaymentSettingsInput', {
  description: 'How customers may pay. What is left out stays as it is.',
  fields: (t) => ({
    methods: t.field({
      type: [PaymentMethodEnum],
      required: true,
      description: 'Ways to pay, the usual one first. ONLINE needs a provider, BANK_TRANSFER bank details.',
    }),
    bankDetails: t.string({
      description: 'Where customers transfer to, as they are told; up to 1000 characters. Empty removes them.',
    }),
    paymentDueMinutes: t.int({ description: 'How long customers may take to pay in advance: 15 to 43200 minutes.' }),
  }),
})

builder.mutationFields((t) => ({
  submitPaymentProof: t.field({
    type: Payment,
    description: 'Hands in a picture as the proof of a bank transfer. The clock stops until the shop has looked at it.',
    errors: {
      types: [NotFoundError, ValidationError, PaymentNotPossibleError, IllegalPaymentActionError],
      union: { description: 'The payment with its proof, or why it was not taken.' },
    },
    args: { input: t.arg({ type: SubmitPaymentProofInput, required: true, description: 'Order and message.' }) },
    resolve: (_root, { input }, ctx) => submitPaymentProof(ctx.app, ctx.authorize('payments:write'), input),
  }),
  transitionPayment: t.field({
    type: Payment,
    description: 'What the shop decides about a payment. The customer is told where it matters to them.',
    errors: {
      types: [NotFoundError, ValidationError, IllegalPaymentActionError],
      union: { description: 'The payment where it is now, or why it did not move.' },
    },
    args: { input: t.arg({ type: TransitionPaymentInput, required: true, description: 'The move.' }) },
    resolve: (_root, { input }, ctx) => transitionPayment(ctx.app, ctx.authorize('payments:write'), input),
  }),
  confirmPayment: t.field({
    type: Payment,
    description:
      'Asks the provider where an online payment stands and takes that in, without waiting for its message. May be repeated; money is credited once.',
    errors: { types: [NotFoundError], union: { description: 'The payment as it is now.' } },
    args: { input: t.arg({ type: ConfirmPaymentInput, required: true, description: 'The payment.' }) },
    resolve: (_root, { input }, ctx) => confirmPayment(ctx.app, ctx.authorize('payments:write'), input),
  }),
  recordRefund: t.field({
    type: Payment,
    description: 'Records that the shop gave money back. It moves no money itself.',
    errors: {
      types: [NotFoundError, ValidationError, PaymentNotPossibleError],
      union: { description: 'The payment with the new entry in its ledger, or why there is none.' },
    },
    args: { input: t.arg({ type: RecordRefundInput, required: true, description: 'How much and why.' }) },
    resolve: (_root, { input }, ctx) => recordRefund(ctx.app, ctx.authorize('payments:write'), input),
  }),
  updatePaymentSettings: t.field({
    type: Merchant,
    description: 'Says how customers may pay from now on. Orders already placed keep their way to pay.',
    errors: { types: [ValidationError], union: { description: 'The shop, or what was wrong.' } },
    args: { input: t.arg({ type: PaymentSettingsInput, required: true, description: 'The ways to pay.' }) },
    resolve: (_root, { input }, ctx) => updatePaymentSettings(ctx.app, ctx.authorize('shop:write'), input),
  }),
}))
