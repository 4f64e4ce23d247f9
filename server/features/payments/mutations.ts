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
  description: 'The payment is not possible. The message says why.',
  interfaces: [ErrorInterface],
})

builder.objectType(IllegalPaymentActionError, {
  name: 'IllegalPaymentActionError',
  description: 'The action is not possible in the status of the payment, or not allowed for you.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    status: t.field({
      type: PaymentStatusEnum,
      description: 'Status of the payment now.',
      resolve: (error) => error.status,
    }),
    allowedActions: t.field({
      type: [PaymentActionEnum],
      description: 'Actions you may take now.',
      resolve: (error) => error.allowedActions,
    }),
  }),
})

const KEY = 'Repeating the same request with the same key does it once.'

const SubmitPaymentProofInput = builder.inputType('SubmitPaymentProofInput', {
  description: 'Proof of a bank transfer.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'Id of the order that was paid.' }),
    messageId: t.id({
      required: true,
      description: 'Id of an inbound message of the customer that carries the image.',
    }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const TransitionPaymentInput = builder.inputType('TransitionPaymentInput', {
  description: 'Action on a payment.',
  fields: (t) => ({
    paymentId: t.id({ required: true, description: 'Id of the payment.' }),
    action: t.field({
      type: PaymentActionEnum,
      required: true,
      description: 'Action to take, one of `payment.allowedActions`.',
    }),
    reason: t.string({ description: 'Up to 300 characters. Required for REFUSE_PROOF; the customer receives it.' }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const ConfirmPaymentInput = builder.inputType('ConfirmPaymentInput', {
  description: 'Payment whose status to refresh.',
  fields: (t) => ({ paymentId: t.id({ required: true, description: 'Id of the payment.' }) }),
})

const RecordRefundInput = builder.inputType('RecordRefundInput', {
  description: 'Refund that the shop has made outside Storeline.',
  fields: (t) => ({
    paymentId: t.id({ required: true, description: 'Id of the payment that is refunded.' }),
    amount: t.field({
      type: 'MinorUnits',
      required: true,
      description: 'Refunded amount in minor units; at most the captured amount that is not refunded yet.',
    }),
    reason: t.string({ required: true, description: 'Reason for the refund, 1 to 300 characters.' }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const PaymentSettingsInput = builder.inputType('PaymentSettingsInput', {
  description: 'Payment settings of the shop. Fields left out keep their values.',
  fields: (t) => ({
    methods: t.field({
      type: [PaymentMethodEnum],
      required: true,
      description:
        'Accepted methods, the default first. ONLINE requires a provider, BANK_TRANSFER requires bank details.',
    }),
    bankDetails: t.string({
      description: 'Account details that customers read, up to 1000 characters. An empty string removes them.',
    }),
    paymentDueMinutes: t.int({ description: 'Minutes a customer has to pay in advance: 15 to 43200.' }),
  }),
})

builder.mutationFields((t) => ({
  submitPaymentProof: t.field({
    type: Payment,
    description:
      'Submits an image as the proof of a bank transfer. The payment does not expire until the shop has checked it.',
    errors: {
      types: [NotFoundError, ValidationError, PaymentNotPossibleError, IllegalPaymentActionError],
      union: { description: 'The payment with its proof, or the reason why it was not accepted.' },
    },
    args: {
      input: t.arg({
        type: SubmitPaymentProofInput,
        required: true,
        description: 'Order, and message with the image.',
      }),
    },
    resolve: (_root, { input }, ctx) => submitPaymentProof(ctx.app, ctx.authorize('payments:write'), input),
  }),
  transitionPayment: t.field({
    type: Payment,
    description: 'Takes an action on a payment. The customer receives a message where the action concerns them.',
    errors: {
      types: [NotFoundError, ValidationError, IllegalPaymentActionError],
      union: { description: 'The payment in its new status, or the reason why it did not change.' },
    },
    args: { input: t.arg({ type: TransitionPaymentInput, required: true, description: 'Payment and action.' }) },
    resolve: (_root, { input }, ctx) => transitionPayment(ctx.app, ctx.authorize('payments:write'), input),
  }),
  confirmPayment: t.field({
    type: Payment,
    description:
      'Reads the status of an online payment from its provider instead of waiting for the webhook. Safe to repeat: money is credited once.',
    errors: { types: [NotFoundError], union: { description: 'The payment in its status now.' } },
    args: { input: t.arg({ type: ConfirmPaymentInput, required: true, description: 'Payment to refresh.' }) },
    resolve: (_root, { input }, ctx) => confirmPayment(ctx.app, ctx.authorize('payments:write'), input),
  }),
  recordRefund: t.field({
    type: Payment,
    description: 'Records a refund that the shop has made. It moves no money itself.',
    errors: {
      types: [NotFoundError, ValidationError, PaymentNotPossibleError],
      union: { description: 'The payment with the new ledger entry, or the reason why there is none.' },
    },
    args: { input: t.arg({ type: RecordRefundInput, required: true, description: 'Payment, amount and reason.' }) },
    resolve: (_root, { input }, ctx) => recordRefund(ctx.app, ctx.authorize('payments:write'), input),
  }),
  updatePaymentSettings: t.field({
    type: Merchant,
    description: 'Sets the payment methods the shop accepts. Orders already placed keep their payment method.',
    errors: {
      types: [ValidationError],
      union: { description: 'The shop with its new settings, or the values that were wrong.' },
    },
    args: { input: t.arg({ type: PaymentSettingsInput, required: true, description: 'New payment settings.' }) },
    resolve: (_root, { input }, ctx) => updatePaymentSettings(ctx.app, ctx.authorize('shop:write'), input),
  }),
}))
