/**
 * SQL that is true of what came into being at `at`, a column, while it is held: a backup that has it was restored, and the
 * shop has not chosen yet what becomes of all that waited in it. Everything that acts by itself and is seen outside asks this first.
 */
export const heldSince = (at: string): string =>
  `EXISTS (SELECT FROM restore held WHERE held.merchant_id = app_merchant_id() AND held.decision IS NULL AND ${at} <= held.restored_at)`

/** When something held is looked at again, in ms. */
export const HELD_MS = 60_000
