/** The status of a key. */
export type ApiKeyStatus = 'ACTIVE' | 'EXPIRED' | 'REVOKED'

/** The longest overlap after a rotation, in which the previous secret still works. */
export const MAX_OVERLAP_HOURS = 72

/** Active keys that a shop may have. Bounds a list, and the damage of a mistake or leak. */
export const MAX_ACTIVE_KEYS = 100

/** The scopes that are not in `held`, so that the holder cannot grant them. */
export const missingScopes = (scopes: readonly string[], held: ReadonlySet<string>): string[] =>
  scopes.filter((scope) => !held.has(scope))

/** When the previous secret stops working; null for at once. `hours` is from 0 to MAX_OVERLAP_HOURS. */
export function overlapEnd(now: Date, hours: number): Date | null {
  return hours === 0 ? null : new Date(now.getTime() + hours * 3600_000)
}
