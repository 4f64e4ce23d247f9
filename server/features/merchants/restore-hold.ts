/**
 * SQL condition that is true while a row is held: the backup that contains the row was restored, and the merchant has not
 * decided yet what to do with everything unsent in it. `at` is the column with the time of the row's creation or last change. Every job with an
 * effect that customers or partners see checks this first.
 */
export const heldByRestore = (at: string): string =>
  `EXISTS (SELECT FROM restore held WHERE held.merchant_id = app_merchant_id() AND held.decision IS NULL AND ${at} <= held.restored_at)`

/** Interval at which a held job is tried again, in ms. */
export const HOLD_RECHECK_MS = 60_000
