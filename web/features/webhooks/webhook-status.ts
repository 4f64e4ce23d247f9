import type {
  WebhookDeliveryStatus,
  WebhookEndpointRowFragment,
  WebhookEventTypesQuery,
} from '../../generated/operations.ts'
import type { Tone } from '../../ui/Pill.tsx'

export const DELIVERY_STATUS: Record<WebhookDeliveryStatus, { label: string; tone: Tone }> = {
  PENDING: { label: 'Pending', tone: 'progress' },
  SUCCEEDED: { label: 'Delivered', tone: 'good' },
  FAILED: { label: 'Failed', tone: 'bad' },
  CANCELLED: { label: 'Cancelled', tone: 'muted' },
}

/** The label of an endpoint's state. */
export function endpointState({ status, failingSince }: Pick<WebhookEndpointRowFragment, 'status' | 'failingSince'>): {
  label: string
  tone: Tone
} {
  if (status === 'DISABLED') return { label: 'Disabled', tone: 'muted' }
  if (status === 'FAILED') return { label: 'Failed', tone: 'bad' }
  return failingSince ? { label: 'Failing', tone: 'attention' } : { label: 'Enabled', tone: 'good' }
}

/** A sentence about the latest deliveries; null when there are none. */
export function healthSentence({ delivered, failed, pending }: WebhookEndpointRowFragment['health']): string | null {
  const all = delivered + failed + pending
  if (all === 0) return null
  const parts = [`${delivered} of the last ${all} delivered`]
  if (failed > 0) parts.push(`${failed} failed`)
  if (pending > 0) parts.push(`${pending} pending`)
  return parts.join(', ')
}

export type EventType = WebhookEventTypesQuery['webhookEventTypes'][number]

const GROUPS: readonly { label: string; of: RegExp }[] = [
  { label: 'Orders', of: /^order_/ },
  { label: 'Payments', of: /^payment_/ },
  { label: 'Deliveries', of: /^delivery_/ },
  { label: 'Chats', of: /^(message|conversation|template)_/ },
  { label: 'Catalogue', of: /^(stock|media)_/ },
]

/** Events grouped by subject; events of no group come last as "Other". */
export function groupEvents(events: readonly EventType[]): { label: string; events: EventType[] }[] {
  const labelOf = (type: string) => GROUPS.find(({ of }) => of.test(type))?.label ?? 'Other'
  return [...GROUPS.map(({ label }) => label), 'Other']
    .map((label) => ({ label, events: events.filter(({ type }) => labelOf(type) === label) }))
    .filter((group) => group.events.length > 0)
}
