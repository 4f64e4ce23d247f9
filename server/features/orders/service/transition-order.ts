import * as z from 'zod'
import { mayActFor, systemActor, type Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import type { Selection } from '../../../graphql/look-ahead.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { HOLD_RECHECK_MS, heldByRestore } from '../../merchants/restore-hold.ts'
import { isUuid } from '../../../db/merchant-query.ts'
import { ignoreRejection } from '../../../db/transaction.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { NotFoundError, parseInput } from '../../../errors.ts'
import { raw } from '../../../db/sql.ts'
import { moveDelivery } from '../../deliveries/service.ts'
import { merchantOf } from '../../merchants/service.ts'
import { closeOrCollectPayments } from '../../payments/service/close-or-collect.ts'
import { findRecipient, sendNotice, type Recipient } from '../../notices/order-notices.ts'
import { decideTransition, ORDER_ACTIONS, type OrderMove, type OrderState } from '../domain.ts'
import { orderStatusChanged } from '../events.ts'
import { noticeOf } from '../notices.ts'
import { readOrder, type OrderRow } from '../queries.ts'
import { moveStock } from '../reservations.ts'

const request = z.object({
  orderId: z.string(),
  action: z.enum(ORDER_ACTIONS),
  reason: z.string().trim().max(300, 'must be at most 300 characters').nullish(),
})
export type TransitionRequest = z.input<typeof request> & { idempotencyKey?: string | null | undefined }

/**
 * Applies an action to an order together with its stock, its delivery, its payments and the notice to the customer. The answer
 * has the fields of `selection`, or all.
 *
 * @throws NotFoundError, ValidationError, or IllegalTransitionError with the actions that are possible.
 */
export async function transitionOrder(
  app: AppContext,
  actor: Authorized<'orders:write'>,
  { idempotencyKey: key, ...input }: TransitionRequest,
  selection: Selection | null = null,
): Promise<OrderRow> {
  const { orderId, action, reason } = parseInput(request, input)
  if (!isUuid(orderId)) throw noOrder()
  return withTenant(
    app,
    actor,
    (unit) =>
      once(unit, { key, operation: 'transitionOrder', input }, async () => {
        const order = await lockOrder(unit, orderId)
        if (!order || !mayActFor(actor, order.customerId)) throw noOrder()
        await applyTransition(unit, order, action, reason || null)
      }),
    (unit) => readOrder(unit, orderId, selection),
  )
}

/**
 * Expires an order that was not accepted in time and releases its stock. Idempotent: does nothing when the order is no longer
 * PENDING. Returns the ms that are left when it is not due yet, else 0.
 */
export async function expireOrder(
  app: AppContext,
  { merchantId, orderId }: { merchantId: string; orderId: string },
): Promise<number> {
  return withTenant(app, systemActor(merchantId), async (unit) => {
    const order = await lockOrder(unit, orderId)
    if (order?.status !== 'PENDING' || order.msLeft === null) return 0
    if (order.msLeft > 0) return order.msLeft
    if (order.held) return HOLD_RECHECK_MS
    await applyTransition(unit, order, 'EXPIRE', null)
    return 0
  })
}

/**
 * Cancels an order that was not paid in advance in time, in the transaction that expires its payment. Returns false for an
 * order that the shop has begun to prepare, which the shop decides about.
 */
export async function closeUnpaidOrder(unit: UnitOfWork, orderId: string): Promise<boolean> {
  const order = await lockOrder(unit, orderId)
  if (order?.status !== 'PENDING' && order?.status !== 'CONFIRMED') return false
  await applyTransition(unit, order, 'CANCEL_UNPAID', 'It was not paid in time.')
  return true
}

type LockedOrder = OrderState & {
  id: string
  number: number
  customerId: string
  address: string | null
  total: number
  placedAt: Date
  msLeft: number | null
  /** Held after the restore of a backup until an owner decides. */
  held: boolean
}

async function lockOrder({ tx }: UnitOfWork, orderId: string): Promise<LockedOrder | undefined> {
  const rows = await tx.$queryRaw<LockedOrder[]>`
    SELECT o.id, o.number, o.status, o.fulfilment, o.customer_id AS "customerId", o.address, o.total::float8 AS total,
      o.placed_at AS "placedAt", (extract(epoch FROM o.reserved_until - clock_timestamp()) * 1000)::float8 AS "msLeft",
      ${raw(heldByRestore('o.placed_at'))} AS held
    FROM "order" o WHERE o.id = ${orderId}::uuid FOR NO KEY UPDATE`
  return rows[0]
}

async function applyTransition(
  unit: UnitOfWork,
  order: LockedOrder,
  action: OrderMove,
  reason: string | null,
): Promise<void> {
  const transition = decideTransition(order, action, unit.actor)
  const { to, stock, delivery } = transition
  const storedReason = to === 'REJECTED' || to === 'CANCELLED' ? reason : null
  unit.write`
    UPDATE "order" SET status = ${to}::order_status, reason = coalesce(${storedReason}, reason), reserved_until = NULL, updated_at = now()
    WHERE id = ${order.id}::uuid`
  if (stock) moveStock(unit, order.id, stock)
  const notice = noticeOf(action, order.fulfilment)
  // The bot itself confirms actions that customers take in the chat.
  const recipient =
    notice && unit.actor.kind !== 'BOT' ? ignoreRejection(findRecipient(unit, notice, order.customerId)) : undefined
  unit.emit(
    orderStatusChanged.draft(order.id, { orderId: order.id, number: order.number, from: order.status, to, reason }),
  )
  if (delivery && order.fulfilment === 'DELIVERY') await moveDelivery(unit, order, delivery)
  await closeOrCollectPayments(unit, order.id, to)
  unit.audit({
    action: `order.${action.toLowerCase()}`,
    subjectId: order.id,
    detail: { from: order.status, to, ...(reason ? { reason } : {}) },
  })
  await notifyCustomer(unit, await recipient, { order, reason })
}

async function notifyCustomer(
  unit: UnitOfWork,
  recipient: Recipient | undefined,
  { order, reason }: { order: LockedOrder; reason: string | null },
): Promise<void> {
  if (!recipient) return
  const { pickupAddress } = await merchantOf(unit)
  await sendNotice(unit, recipient, {
    orderId: order.id,
    values: {
      order_number: order.number,
      total: order.total,
      placed_at: order.placedAt,
      reason,
      pickup_address: order.fulfilment === 'PICKUP' ? pickupAddress : null,
    },
  })
}

const noOrder = () => new NotFoundError('No order with this id exists in your shop.')
