import type { AuditActorKind, AuditFilter } from '../../generated/operations.ts'

/** The areas to filter by: prefixes of action names. */
export const AREAS: { value: string; label: string }[] = [
  { value: '', label: 'Everything' },
  { value: 'order.', label: 'Orders' },
  { value: 'payment.', label: 'Payments' },
  { value: 'conversation.', label: 'Chats' },
  { value: 'customer.', label: 'Customers' },
  { value: 'product.', label: 'Products' },
  { value: 'variant.', label: 'Prices and stock' },
  { value: 'media.', label: 'Images' },
  { value: 'template.', label: 'Templates' },
  { value: 'staff.', label: 'Team and sign-ins' },
  { value: 'invitation.', label: 'Invitations' },
  { value: 'api_key.', label: 'API keys' },
  { value: 'webhook_endpoint.', label: 'Webhooks' },
  { value: 'shop.', label: 'Shop settings' },
  { value: 'job.', label: 'Jobs' },
]

export const KINDS: { value: AuditActorKind; label: string }[] = [
  { value: 'STAFF', label: 'Any team member' },
  { value: 'API_KEY', label: 'API keys' },
  { value: 'CUSTOMER', label: 'Customers' },
  { value: 'SYSTEM', label: 'Storeline' },
]

const DAY = /^\d{4}-\d\d-\d\d$/
const DAY_MS = 86_400_000

/** The instant at which a calendar day ("2026-11-03") begins in a time zone, as RFC 3339. */
export function startOfDay(day: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  /** The zone's offset from UTC at an instant, in ms. */
  const ahead = (at: number): number => {
    const value = Object.fromEntries(parts.formatToParts(at).map((part) => [part.type, Number(part.value)]))
    const { year = 0, month = 1, day: date = 1, hour = 0, minute = 0, second = 0 } = value
    return Date.UTC(year, month - 1, date, hour, minute, second) - at
  }
  const wall = Date.parse(`${day}T00:00:00Z`)
  // The clocks may change between the two instants, so the offset is computed again at the guess.
  const guess = wall - ahead(wall)
  return new Date(wall - ahead(guess)).toISOString()
}

/** The API filter for the URL: `who` is a kind of actor or a member's id, `from` and `to` are days (both included). */
export function auditFilter(params: URLSearchParams, timeZone: string): AuditFilter {
  const day = (name: string): string | null => {
    const value = params.get(name) ?? ''
    return DAY.test(value) && !Number.isNaN(Date.parse(value)) ? value : null
  }
  const who = params.get('who')
  const kind = KINDS.find(({ value }) => value === who)?.value
  const [from, to] = [day('from'), day('to')]
  const action = params.get('what')
  const subjectId = params.get('subject')
  return {
    ...(kind ? { actorKind: kind } : who ? { actorId: who } : {}),
    ...(action ? { action } : {}),
    ...(subjectId ? { subjectId } : {}),
    ...(from ? { after: startOfDay(from, timeZone) } : {}),
    ...(to ? { before: startOfDay(new Date(Date.parse(to) + DAY_MS).toISOString().slice(0, 10), timeZone) } : {}),
  }
}

/** The details of an entry as labels and values: `fromStatus` becomes "from status". */
export function detailRows(detail: unknown): { label: string; value: string }[] {
  if (typeof detail !== 'object' || detail === null) return []
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => ({
      label: name
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .replaceAll('_', ' ')
        .toLowerCase(),
      value: typeof value === 'object' ? JSON.stringify(value) : String(value),
    }))
}
