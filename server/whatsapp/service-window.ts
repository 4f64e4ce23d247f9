/**
 * The customer service window: free-form messages are allowed for 24 hours after the customer's last message; later only
 * approved templates are (Meta, "Sending messages: customer service windows").
 */
export const SERVICE_WINDOW_MS = 24 * 3600 * 1000

/** Whether a free-form message may be sent at `now` (ms since 1970). Null: the customer has never written. */
export const isWindowOpen = (windowExpiresAt: Date | null, now: number): boolean =>
  windowExpiresAt !== null && windowExpiresAt.getTime() > now
