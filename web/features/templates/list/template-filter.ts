import type { TemplateFilter } from '../../../generated/operations.ts'

const FILTERS: Record<string, TemplateFilter> = {
  own: { notices: false },
  waiting: { approval: 'PENDING' },
  archived: { archived: true },
}

export const TEMPLATE_TABS = [
  { key: '', label: 'All' },
  { key: 'own', label: 'Your templates' },
  { key: 'notices', label: 'Notices' },
  { key: 'waiting', label: 'In review' },
  { key: 'archived', label: 'Archived' },
]

/** The API filter for the tab in `?show=`; null means no filter. The tab `notices` shows another list. */
export const templateFilter = (show: string | null): TemplateFilter | null =>
  show !== null && Object.hasOwn(FILTERS, show) ? (FILTERS[show] ?? null) : null
