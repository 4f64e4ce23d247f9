import type { ApiKeyScopesQuery } from '../../generated/operations.ts'

export type Scope = ApiKeyScopesQuery['apiKeyScopes'][number]
export type ScopeGroup = { area: string; label: string; scopes: Scope[] }

const LABELS: Record<string, string> = {
  catalog: 'Products',
  conversations: 'Chats',
  events: 'Event log',
  staff: 'Team',
  api_keys: 'API keys',
  audit: 'Audit log',
}

const labelOf = (area: string): string => LABELS[area] ?? area.charAt(0).toUpperCase() + area.slice(1).replace('_', ' ')

/** Scopes grouped by area (`orders:read` with `orders:write`), in the server's order. */
export function scopeGroups(scopes: readonly Scope[]): ScopeGroup[] {
  const groups = new Map<string, ScopeGroup>()
  for (const scope of scopes) {
    const [area = ''] = scope.name.split(':')
    const group = groups.get(area) ?? { area, label: labelOf(area), scopes: [] }
    group.scopes.push(scope)
    groups.set(area, group)
  }
  return [...groups.values()]
}

/** The read scopes that the member may grant: the usual choice for a report or a display. */
export const readingScopes = (scopes: readonly Scope[]): string[] =>
  scopes.filter(({ name, grantable }) => grantable && name.endsWith(':read')).map(({ name }) => name)
