const DAY_MS = 86_400_000

/** How long a new key may live; null is for ever. */
export const EXPIRIES = [
  { value: '30', label: '30 days', days: 30 },
  { value: '90', label: '90 days', days: 90 },
  { value: '365', label: 'One year', days: 365 },
  { value: 'never', label: 'Until it is revoked', days: null },
] as const

export type Expiry = (typeof EXPIRIES)[number]['value']

/** When a key made `now` (ms) ends, as the API wants it; null for never. */
export function expiryDate(expiry: Expiry, now = Date.now()): string | null {
  const days = EXPIRIES.find(({ value }) => value === expiry)?.days ?? null
  return days === null ? null : new Date(now + days * DAY_MS).toISOString()
}

/** How long the present secret may go on working after a rotation, in hours; the API allows up to 72. */
export const OVERLAPS = [
  {
    value: '0',
    label: 'End it now',
    about: 'For a secret that got into wrong hands. What still uses it stops working.',
  },
  { value: '1', label: '1 hour', about: 'Time for one deployment.' },
  { value: '24', label: '24 hours', about: 'Time to replace it everywhere without an interruption.' },
  { value: '72', label: '72 hours', about: 'Over a weekend.' },
]
