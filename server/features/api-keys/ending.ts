import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { withdrawInvitations } from '../staff/withdrawing.ts'
import { disableEndpointsOf } from '../webhooks/endpoints/disable.ts'

/** The label of a key in the event log, the audit log and rows that keep an actor. */
export const keyLabel = (id: string): string => `API_KEY:${id}`

/**
 * Revokes a key and, unless `keepIssued`, all that it issued: keys whose secret it may know, and those that these issued;
 * pending invitations; webhook endpoints whose URL it set, which are disabled. Revoking it again changes nothing.
 *
 * @returns whether the shop has such a key.
 */
export async function endKey(unit: UnitOfWork, id: string, { keepIssued }: { keepIssued: boolean }): Promise<boolean> {
  const known = await endKeys(unit, [id])
  if (known.length === 0 || keepIssued) return known.length > 0
  const ended = new Set(known)
  // Level by level: a key that is issuing another holds its own row lock, so the next level sees the new key.
  for (let level = known; level.length > 0;) {
    const shownTo = level.map(keyLabel)
    await unit.tx.$executeRaw`
      UPDATE api_key SET previous_secret_hash = NULL, previous_secret_expires_at = NULL, previous_shown_to = '{}'
      WHERE previous_shown_to && ${shownTo}::text[]`
    const rows = await unit.tx.$queryRaw<{ id: string }[]>`SELECT id FROM api_key WHERE shown_to && ${shownTo}::text[]`
    level = rows.map((row) => row.id).filter((one) => !ended.has(one))
    await endKeys(unit, level, id)
    for (const one of level) ended.add(one)
  }
  const labels = [...ended].map(keyLabel)
  await withdrawInvitations(unit, labels)
  await disableEndpointsOf(unit, labels)
  return true
}

/** Revokes the active ones of these keys; returns which of them exist. `because` is the key whose revocation includes them. */
async function endKeys({ tx, audit }: UnitOfWork, ids: readonly string[], because?: string): Promise<string[]> {
  if (ids.length === 0) return []
  const ended = await tx.$queryRaw<{ id: string }[]>`
    UPDATE api_key SET revoked_at = now(), previous_secret_hash = NULL, previous_secret_expires_at = NULL, previous_shown_to = '{}'
    WHERE id = ANY(${ids}::uuid[]) AND revoked_at IS NULL RETURNING id`
  for (const { id } of ended)
    audit({ action: 'api_key.revoke', subjectId: id, ...(because ? { detail: { issuedBy: because } } : {}) })
  const known = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM api_key WHERE id = ANY(${ids}::uuid[])`
  return known.map(({ id }) => id)
}
