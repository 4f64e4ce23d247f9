const DAY_MS = 86_400_000

/** The lifetimes of a new key; `days` null means it never expires. */
export const EXPIRIES = [
  { value: '30', label: 'In 30 days', days: 30 },
  { value: '90', label: 'In 90 days', days: 90 },
  { value: '365', label: 'In one year', days: 365 },
  { value: 'never', label: 'Never', days: null },
] as const

export type Expiry = (typeof EXPIRIES)[number]['value']

/** The expiry date (RFC 3339) of a key created `now` (ms); null for never. */
export function expiryDate(expiry: Expiry, now = Date.now()): string | null {
  const days = EXPIRIES.find(({ value }) => value === expiry)?.days ?? null
  return days === null ? null : new Date(now + days * DAY_MS).toISOString()
}

/** How long the current secret stays valid after a rotation, in hours; the API allows up to 72. */
export const OVERLAPS = [
  {
    value: '0',
    label: 'Revoke it now',
    description: 'For a leaked secret. Programs that still use it stop working.',
  },
  { value: '1', label: '1 hour', description: 'Time for one deployment.' },
  { value: '24', label: '24 hours', description: 'Time to replace it everywhere without interruption.' },
  { value: '72', label: '72 hours', description: 'Over a weekend.' },
]
