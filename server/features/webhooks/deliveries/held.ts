import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'

/**
 * SQL that is true of the webhook delivery with alias `d` while it is held (see merchants/restore-hold.ts). A delivery created later, of
 * an event that the backup holds, is held too.
 */
export const heldDelivery = (d: string): string =>
  `EXISTS (SELECT FROM restore held WHERE held.merchant_id = app_merchant_id() AND held.decision IS NULL
    AND coalesce(${d}.sequence <= held.after_sequence, ${d}.created_at <= held.restored_at))`

/**
 * Cancels the deliveries that a restored backup holds, and moves the cursors of endpoints past the events that it held,
 * so that none are created of them later. Returns how many deliveries it cancelled.
 */
export async function cancelHeldDeliveries({ tx }: UnitOfWork): Promise<number> {
  const cancelled = await tx.$executeRawUnsafe(
    `UPDATE webhook_delivery d SET status = 'CANCELLED', next_attempt_at = NULL, finished_at = now()
     WHERE d.next_attempt_at IS NOT NULL AND ${heldDelivery('d')}`,
  )
  await tx.$executeRawUnsafe(
    `UPDATE webhook_endpoint SET cursor = greatest(cursor, (SELECT max(after_sequence) FROM restore WHERE decision IS NULL))
     WHERE EXISTS (SELECT FROM restore WHERE decision IS NULL)`,
  )
  return cancelled
}
