import type { Fulfilment, TimelineRowFragment } from '../../../generated/operations.ts'
import { statusLabel } from '../order-status.ts'

/** Types hidden from the timeline: an entry of the same moment shows the same fact as a status. */
const SHOWN_AS_STATUS = new Set(['delivery_started', 'delivery_completed', 'payment_status_changed'])

export const shownEntries = <Entry extends { type: string }>(timeline: readonly Entry[]): Entry[] =>
  timeline.filter((entry) => !SHOWN_AS_STATUS.has(entry.type))

/** The title of a timeline entry. A type unknown to this version is shown by its name. */
export function timelineTitle(entry: Pick<TimelineRowFragment, 'type' | 'status'>, fulfilment: Fulfilment): string {
  switch (entry.type) {
    case 'order_created':
      return 'Order placed'
    case 'order_status_changed':
      return entry.status ? statusLabel(entry.status, fulfilment) : 'Status changed'
    case 'payment_received':
      return 'Payment received'
    case 'payment_failed':
      return 'Payment failed or rejected'
    case 'payment_refunded':
      return 'Refund recorded'
    case 'problem':
      return 'Problem reported'
    case 'notice':
      return 'Message sent to the customer'
    default: {
      const words = entry.type.replaceAll('_', ' ')
      return words.charAt(0).toUpperCase() + words.slice(1)
    }
  }
}
