import type { MessageStatus } from '../../generated/operations.ts'

export type Ticks = { shape: 'clock' | 'single' | 'double' | 'failed' | 'unknown'; read: boolean; label: string }

/** The ticks of an outbound message as in WhatsApp; null for an inbound one. */
export function ticksOf(status: MessageStatus): Ticks | null {
  switch (status) {
    case 'QUEUED':
      return { shape: 'clock', read: false, label: 'Waiting to be sent' }
    case 'UNKNOWN':
      return { shape: 'unknown', read: false, label: 'Delivery unknown' }
    case 'ACCEPTED':
      return { shape: 'clock', read: false, label: 'Being sent' }
    case 'SENT':
      return { shape: 'single', read: false, label: 'Sent' }
    case 'DELIVERED':
      return { shape: 'double', read: false, label: 'Delivered' }
    case 'READ':
      return { shape: 'double', read: true, label: 'Read' }
    case 'FAILED':
      return { shape: 'failed', read: false, label: 'Not delivered' }
    case 'RECEIVED':
      return null
  }
}

type Failure = { errorCode: number | null; errorMessage: string | null; presumed?: boolean }

/** The reason of a failed message in one line, with WhatsApp's error code. */
export function failureReason({ errorCode, errorMessage, presumed }: Failure): string {
  if (presumed && errorMessage === null) return 'marked by a team member'
  const code = errorCode === null ? '' : ` (${errorCode})`
  return `${errorMessage ?? 'WhatsApp gave no reason'}${code}`
}
