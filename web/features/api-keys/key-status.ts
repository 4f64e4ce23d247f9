import type { ApiKeyRowFragment, ApiKeyStatus } from '../../generated/operations.ts'
import type { Tone } from '../../ui/Pill.tsx'

const STATUSES: Record<ApiKeyStatus, { label: string; tone: Tone }> = {
  ACTIVE: { label: 'Active', tone: 'good' },
  EXPIRED: { label: 'Expired', tone: 'muted' },
  REVOKED: { label: 'Revoked', tone: 'muted' },
}

const SOON_MS = 7 * 86_400_000

/** The status of a key, with a warning in the week before it expires. */
export function keyStatus({ status, expiresAt }: ApiKeyRowFragment, now: number): { label: string; tone: Tone } {
  const ends = expiresAt ? Date.parse(expiresAt) : Infinity
  if (status === 'ACTIVE' && ends <= now) return STATUSES.EXPIRED
  if (status === 'ACTIVE' && ends - now < SOON_MS) return { label: 'Expires soon', tone: 'attention' }
  return STATUSES[status]
}

/** The API filter for a tab; null means all keys. */
export function statusFilter(show: string | null): { status: ApiKeyStatus[] } | null {
  if (show === 'all') return null
  return { status: show === 'ended' ? ['EXPIRED', 'REVOKED'] : ['ACTIVE'] }
}

export const KEY_TABS = [
  { key: '', label: 'Active' },
  { key: 'ended', label: 'Inactive' },
  { key: 'all', label: 'All' },
]
