import { formatCountdown } from '../../format/durations.ts'

export type ReplyWindow = { open: boolean; closesIn: string | null }

const WARN_WITHIN_MS = 2 * 3_600_000

/**
 * Whether WhatsApp accepts free-form messages now: for 24 hours after the customer's last one (Cloud API, "customer
 * service window"). `closesIn` is null until two hours before the end.
 */
export function replyWindow(windowExpiresAt: string | null, now: number): ReplyWindow {
  const left = windowExpiresAt === null ? 0 : Date.parse(windowExpiresAt) - now
  return { open: left > 0, closesIn: left > 0 && left < WARN_WITHIN_MS ? formatCountdown(left) : null }
}
