import type { Fulfilment, TimelineRowFragment } from '../../../generated/operations.ts'
import { statusLabel } from '../order-status.ts'

/** Another entry of the same moment says it in plainer words; saying it twice helps nobody. */
const TOLD_BY_STATUS = new Set(['delivery_started', 'delivery_completed', 'payment_status_changed'])

export const shownEntries = <Entry extends { type: string }>(timeline: readonly Entry[]): Entry[] =>
  timeline.filter((entry) => !TOLD_BY_STATUS.has(entry.type))

/** What one entry of the timeline says. An event this version does not know is named plainly rather than hidden. */
export function timelineTitle(entry: Pick<TimelineRowFragment, 'type' | 'status'>, fulfilment: Fulfilment): string {
  switch (entry.type) {
    case 'order_created':
      return 'Order placed'
    case 'order_status_changed':
      return entry.status ? statusLabel(entry.status, fulfilment) : 'Status changed'
    case 'payment_received':
      return 'Payment received'
    case 'payment_failed':
      return 'Payment failed or refused'
    case 'payment_refunded':
      return 'Refund recorded'
    case 'problem':
      return 'Problem reported'
    case 'notice':
      return 'Message to the customer'
    default: {
      const words = entry.type.replaceAll('_', ' ')
      return words.charAt(0).toUpperCase() + words.slice(1)
    }
  }
}
