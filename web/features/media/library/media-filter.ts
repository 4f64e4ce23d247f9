import type { MediaFilter } from '../../../generated/operations.ts'

const FILTERS: Record<string, MediaFilter> = {
  shop: { origin: 'UPLOAD' },
  customers: { origin: 'CUSTOMER' },
  failed: { status: 'FAILED' },
  removed: { archived: true },
}

export const MEDIA_TABS = [
  { key: '', label: 'All' },
  { key: 'shop', label: 'Uploaded' },
  { key: 'customers', label: 'From customers' },
  { key: 'failed', label: 'Not usable' },
  { key: 'removed', label: 'Removed' },
]

/** What `?show=` asks for; null is everything. */
export const mediaFilter = (show: string | null): MediaFilter | null =>
  show !== null && Object.hasOwn(FILTERS, show) ? (FILTERS[show] ?? null) : null
