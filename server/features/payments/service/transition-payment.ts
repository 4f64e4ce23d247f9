import * as z from 'zod'
import { mayActFor, type Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { isUuid } from '../../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { parseInput, ValidationError } from '../../../errors.ts'
import { merchantOf } from '../../merchants/service.ts'
import {
  allowedPaymentActions,
  IllegalPaymentActionError,
  moverOf,
  PAYMENT_ACTIONS,
  type PaymentAction,
} from '../domain.ts'
import type { PaymentRow } from '../queries.ts'
import {
  capturePayment,
  emitPaymentFailed,
  lockPayment,
  applyTransition,
  type LockedPayment,
  type PayableOrder,
} from './change-payment.ts'
import { beginPayment } from './begin-checkout.ts'
import { notifyCustomer } from './notify-customer.ts'
import { noPayment, requirePayment } from './require-payment.ts'

const request = z.object({
  paymentId: z.string(),
  action: z.enum(PAYMENT_ACTIONS),
  reason: z.string().trim().max(300, 'must be at most 300 characters').nullish(),
})
export type TransitionPayment = z.input<typeof request> & { idempotencyKey?: string | null | undefined }

/**
 * Takes an action of staff on a payment: accept its proof (which captures the payment), refuse it (the customer receives the
 * reason and may send another), mark cash as collected, or cancel.
 *
 * @throws NotFoundError, ValidationError, or IllegalPaymentActionError with the actions that are possible.
 */
export async function transitionPayment(
  app: AppContext,
  actor: Authorized<'payments:write'>,
  { idempotencyKey: key, ...input }: TransitionPayment,
): Promise<PaymentRow> {
  const { paymentId, action, reason } = parseInput(request, input)
  if (action === 'REFUSE_PROOF' && !reason)
    throw new ValidationError([{ path: 'input.reason', message: 'is required, because the customer receives it' }])
  if (!isUuid(paymentId)) throw noPayment()
  const { merchantId } = actor
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'transitionPayment', input }, async () => {
      const found = await lockPayment(unit, paymentId)
      if (!found || !mayActFor(actor, found.order.customerId)) throw noPayment()
      const allowed = allowedPaymentActions(found.payment, actor)
      if (!allowed.includes(action)) throw new IllegalPaymentActionError(action, found.payment, allowed)
      await applyAction(unit, found, { action, reason: reason || null })
    }),
  )
  if (action === 'REFUSE_PROOF') await beginPayment(app, { merchantId, paymentId })
  return requirePayment(app, merchantId, paymentId)
}

async function applyAction(
  unit: UnitOfWork,
  { order, payment }: { order: PayableOrder; payment: LockedPayment },
  { action, reason }: { action: PaymentAction; reason: string | null },
): Promise<void> {
  const mover = moverOf(unit.actor)
  switch (action) {
    case 'ACCEPT_PROOF':
      return capturePayment(unit, order, payment, {
        move: action,
        mover,
        reference: `proof:${payment.proofMediaId ?? payment.id}`,
      })
    case 'MARK_COLLECTED':
      return capturePayment(unit, order, payment, { move: action, mover, reference: 'collected' })
    case 'CANCEL':
      return applyTransition(unit, order, payment, {
        move: action,
        mover,
        changes: { expiresAt: null, ...(reason ? { failureReason: reason } : {}) },
      })
    case 'REFUSE_PROOF': {
      const { paymentDueMinutes } = await merchantOf(unit)
      const expiresAt = new Date(Date.now() + paymentDueMinutes * 60_000)
      applyTransition(unit, order, payment, {
        move: action,
        mover,
        changes: { expiresAt, failureReason: reason },
      })
      emitPaymentFailed(unit, order, payment, { reason: 'PROOF_REFUSED', detail: reason })
      return notifyCustomer(unit, order, {
        notice: 'payment_refused',
        amount: payment.amount,
        reason: reason ?? '',
        dueAt: expiresAt.getTime(),
      })
    }
  }
}
