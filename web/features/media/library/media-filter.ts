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
  { key: 'failed', label: 'Failed' },
  { key: 'removed', label: 'Removed' },
]

/** The API filter for the tab in `?show=`; null means no filter. */
export const mediaFilter = (show: string | null): MediaFilter | null =>
  show !== null && Object.hasOwn(FILTERS, show) ? (FILTERS[show] ?? null) : null
