/**
 * SQL that is true of the webhook delivery with alias `d` while it is held (see db/held.ts). A delivery created later, of
 * an event that the backup holds, is held too.
 */
export const heldDelivery = (d: string): string =>
  `EXISTS (SELECT FROM restore held WHERE held.merchant_id = app_merchant_id() AND held.decision IS NULL
    AND coalesce(${d}.sequence <= held.after_sequence, ${d}.created_at <= held.restored_at))`
