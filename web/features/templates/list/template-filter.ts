import type { TemplateFilter } from '../../../generated/operations.ts'

const FILTERS: Record<string, TemplateFilter> = {
  own: { notices: false },
  waiting: { approval: 'PENDING' },
  archived: { archived: true },
}

export const TEMPLATE_TABS = [
  { key: '', label: 'All' },
  { key: 'own', label: 'Own' },
  { key: 'notices', label: 'Notices' },
  { key: 'waiting', label: 'Waiting for WhatsApp' },
  { key: 'archived', label: 'Archived' },
]

/** What `?show=` asks for; null is everything in use. Notices are a page of their own. */
export const templateFilter = (show: string | null): TemplateFilter | null =>
  show !== null && Object.hasOwn(FILTERS, show) ? (FILTERS[show] ?? null) : null
