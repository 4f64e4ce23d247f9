import type { MessageStatus } from '../../generated/operations.ts'

export type Ticks = { shape: 'clock' | 'single' | 'double' | 'failed' | 'unknown'; read: boolean; label: string }

/** The ticks of an outgoing message as WhatsApp draws them; an incoming one has none. */
export function ticksOf(status: MessageStatus): Ticks | null {
  switch (status) {
    case 'QUEUED':
      return { shape: 'clock', read: false, label: 'Waiting to be sent' }
    case 'UNKNOWN':
      return { shape: 'unknown', read: false, label: 'Not known whether it arrived' }
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

/** Why a message failed, in one line, with WhatsApp's code to look up. */
export function failureReason({ errorCode, errorMessage, presumed }: Failure): string {
  if (presumed && errorMessage === null) return 'a member of the team said so'
  const code = errorCode === null ? '' : ` (${errorCode})`
  return `${errorMessage ?? 'WhatsApp did not say why'}${code}`
}
