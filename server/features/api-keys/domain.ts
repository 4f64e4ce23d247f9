/** What has become of a key. */
export type ApiKeyStatus = 'ACTIVE' | 'EXPIRED' | 'REVOKED'

/** How long the secret before may go on working after a rotation. */
export const MAX_OVERLAP_HOURS = 72

/** Keys of a shop that may be in use at once. Bounds what one list, one mistake and one leak can amount to. */
export const MAX_ACTIVE_KEYS = 100

/** What of `scopes` is not `held`, and so cannot be handed on. */
export const beyond = (scopes: readonly string[], held: ReadonlySet<string>): string[] =>
  scopes.filter((scope) => !held.has(scope))

/** When the secret before stops working; null when it does so at once. `hours` lies between 0 and MAX_OVERLAP_HOURS. */
export function overlapEnd(now: Date, hours: number): Date | null {
  return hours === 0 ? null : new Date(now.getTime() + hours * 3600_000)
}
