import type { Fulfilment, OrderStatus } from '../../generated/operations.ts'
import type { Tone } from '../../ui/Pill.tsx'

export const STATUS_LABELS: Record<OrderStatus, { label: string; tone: Tone }> = {
  PENDING: { label: 'New', tone: 'attention' },
  CONFIRMED: { label: 'Accepted', tone: 'info' },
  PREPARING: { label: 'Preparing', tone: 'progress' },
  READY: { label: 'Ready', tone: 'info' },
  IN_DELIVERY: { label: 'On the way', tone: 'progress' },
  DELIVERED: { label: 'Delivered', tone: 'good' },
  COMPLETED: { label: 'Completed', tone: 'good' },
  CANCELLED: { label: 'Cancelled', tone: 'muted' },
  REJECTED: { label: 'Rejected', tone: 'bad' },
  EXPIRED: { label: 'Expired', tone: 'muted' },
  RETURNED: { label: 'Returned', tone: 'bad' },
}

export function statusLabel(status: OrderStatus, fulfilment: Fulfilment): string {
  if (fulfilment === 'PICKUP' && status === 'READY') return 'Ready for pick-up'
  if (fulfilment === 'PICKUP' && status === 'DELIVERED') return 'Picked up'
  return STATUS_LABELS[status].label
}

export type StatusTab = { key: string; label: string; statuses: OrderStatus[] | null }

/** The tabs of the order list, in the sequence of an order's statuses. */
export const STATUS_TABS: StatusTab[] = [
  { key: '', label: 'All', statuses: null },
  { key: 'new', label: 'New', statuses: ['PENDING'] },
  { key: 'preparing', label: 'Preparing', statuses: ['CONFIRMED', 'PREPARING'] },
  { key: 'ready', label: 'Ready', statuses: ['READY'] },
  { key: 'delivery', label: 'On the way', statuses: ['IN_DELIVERY'] },
  { key: 'done', label: 'Done', statuses: ['DELIVERED', 'COMPLETED'] },
  { key: 'closed', label: 'Closed', statuses: ['CANCELLED', 'REJECTED', 'EXPIRED', 'RETURNED'] },
]

/** The tab for the key in the URL; an unknown key shows all orders. */
export function statusTab(key: string | null): StatusTab {
  return STATUS_TABS.find((tab) => tab.key === key) ?? { key: '', label: 'All', statuses: null }
}

type Line = { productName: string; quantity: number }

/** A summary of an order's lines: "2 × Arepa, 1 × Juice and 3 more". */
export function summarizeLines(lines: Line[], shown = 2): string {
  const named = lines.slice(0, shown).map((line) => `${line.quantity} × ${line.productName}`)
  const rest = lines.length - named.length
  return named.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
