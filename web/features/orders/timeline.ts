import type { Fulfilment, TimelineRowFragment } from '../../generated/operations.ts'
import { statusLabel } from './order-status.ts'

/** What one entry of the timeline says. An event this version does not know is named plainly rather than hidden. */
export function timelineTitle(entry: Pick<TimelineRowFragment, 'type' | 'status'>, fulfilment: Fulfilment): string {
  switch (entry.type) {
    case 'order_created':
      return 'Order placed'
    case 'order_status_changed':
      return entry.status ? statusLabel(entry.status, fulfilment) : 'Status changed'
    case 'delivery_started':
      return 'Delivery started'
    case 'delivery_completed':
      return fulfilment === 'PICKUP' ? 'Handed over' : 'Delivery completed'
    case 'notice':
      return 'Message to the customer'
    default: {
      const words = entry.type.replaceAll('_', ' ')
      return words.charAt(0).toUpperCase() + words.slice(1)
    }
  }
}
