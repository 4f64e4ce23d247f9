import { actorLabel, type Authorized, type TenantActor } from '../../auth/actor.ts'
import { assertHolds } from '../../auth/grants.ts'
import type { Permission } from '../../auth/permissions.ts'
import { lockRights } from '../../auth/lock-rights.ts'
import type { AppContext } from '../../context.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { isUuid } from '../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { AppError, DomainError, parseInput, ValidationError, type ValidationIssue } from '../../errors.ts'
import { MAX_ACTIVE_KEYS, overlapEnd } from './domain.ts'
import { newApiKeySchema, rotationSchema, type IssueApiKeyInput, type RotateApiKeyInput } from './input.ts'
import { announceKeyChange, insertApiKey, newKeySecret, noApiKey, hashedForm } from './service.ts'

/** The key was revoked or has expired, so it cannot be rotated. */
export class ApiKeyEndedError extends DomainError {}

/** A key with its new secret, which is returned once: null when an idempotent request is repeated. */
export type Issued = { id: string; secret: string | null }

/**
 * Creates a key on request of an actor, which cannot grant scopes that it lacks. A key cannot create one that outlives it.
 *
 * @throws AppError FORBIDDEN for scopes the actor lacks, ValidationError for every other problem of the input.
 */
export async function issueApiKey(
  app: AppContext,
  actor: Authorized<'api_keys:write'>,
  input: IssueApiKeyInput,
): Promise<Issued> {
  const { idempotencyKey, ...key } = parseInput(newApiKeySchema, input)
  const secret = newKeySecret()
  return withTenant(app, actor, async (unit) => {
    let issued: string | null = null
    const id = await once(unit, { key: idempotencyKey, operation: 'createApiKey', input: key }, async () => {
      await assertIssuable(unit, key)
      issued = secret
      return insertApiKey(unit, { ...key, expiresAt: key.expiresAt ?? null }, secret)
    })
    return { id, secret: issued }
  })
}

async function assertIssuable(
  unit: UnitOfWork,
  { scopes, expiresAt }: { scopes: readonly Permission[]; expiresAt?: Date | null | undefined },
): Promise<void> {
  const { tx } = unit
  const actor = await lockRights(unit)
  assertHolds(actor, scopes, 'This key')
  const issues: ValidationIssue[] = []
  const refuse = (path: string, message: string) => issues.push({ path: `input.${path}`, message })
  const now = new Date()
  if (expiresAt && expiresAt <= now) refuse('expiresAt', 'must be in the future')
  const end = actor.kind === 'API_KEY' ? actor.endsAt : null
  if (end && (!expiresAt || expiresAt > end)) {
    refuse('expiresAt', `must be at the latest ${end.toISOString()}, when the key you are using expires`)
  }
  const inUse = await tx.apiKey.count({
    where: { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
  })
  if (inUse >= MAX_ACTIVE_KEYS) refuse('name', `a shop has at most ${MAX_ACTIVE_KEYS} keys in use; revoke one first`)
  if (issues.length > 0) throw new ValidationError(issues)
}

/**
 * Rotates the secret of a key. The previous one works for `overlapHours` (24 by default), so that it can be replaced
 * everywhere without interruption; an older one stops working now.
 *
 * @throws NotFoundError for an id that is not of this shop, ApiKeyEndedError for a revoked or expired key, AppError
 *   FORBIDDEN when the key has more permissions, or expires later, than the actor, who would learn its secret.
 */
export async function rotateApiKey(
  app: AppContext,
  actor: Authorized<'api_keys:write'>,
  input: RotateApiKeyInput,
): Promise<Issued> {
  const { idempotencyKey, ...rotation } = parseInput(rotationSchema, input)
  if (!isUuid(rotation.id)) throw noApiKey()
  const secret = newKeySecret()
  const issued = await withTenant(app, actor, async (unit): Promise<Issued> => {
    let shown: string | null = null
    const id = await once(unit, { key: idempotencyKey, operation: 'rotateApiKey', input: rotation }, async () => {
      await replaceSecret(unit, rotation, secret)
      shown = secret
      return rotation.id
    })
    return { id, secret: shown }
  })
  if (issued.secret) await announceKeyChange(app, actor.merchantId, issued.id)
  return issued
}

type LockedKey = {
  scopes: string[]
  shownTo: string[]
  secretHash: Uint8Array<ArrayBuffer>
  expiresAt: Date | null
  revoked: boolean
  expired: boolean
}

async function replaceSecret(
  unit: UnitOfWork,
  { id, overlapHours }: { id: string; overlapHours: number },
  secret: string,
): Promise<void> {
  const { tx, audit } = unit
  const actor = await lockRights(unit)
  const [key] = await tx.$queryRaw<LockedKey[]>`
    SELECT scopes, shown_to AS "shownTo", secret_hash AS "secretHash", expires_at AS "expiresAt", revoked_at IS NOT NULL AS revoked,
      coalesce(expires_at <= now(), false) AS expired
    FROM api_key WHERE id = ${id}::uuid FOR UPDATE`
  if (!key) throw noApiKey()
  assertHolds(actor, key.scopes, 'The secret of this key')
  const end = actor.kind === 'API_KEY' ? actor.endsAt : null
  if (end && (!key.expiresAt || key.expiresAt > end))
    throw new AppError('FORBIDDEN', 'This key expires later than the key you are using: you may only revoke it.')
  if (key.revoked || key.expired)
    throw new ApiKeyEndedError(`This key ${key.revoked ? 'was revoked' : 'has expired'}. Create another one.`)
  const previousSecretExpiresAt = overlapEnd(new Date(), overlapHours)
  const previousSecretHash = previousSecretExpiresAt && key.secretHash
  const previousShownTo = previousSecretExpiresAt ? key.shownTo : []
  await tx.apiKey.update({
    where: { id },
    data: {
      ...hashedForm(secret),
      shownTo: holdersAfter(key.shownTo, actor),
      previousSecretHash,
      previousSecretExpiresAt,
      previousShownTo,
    },
  })
  audit({ action: 'api_key.rotate', subjectId: id, detail: { overlapHours } })
}

/**
 * Labels of the actors that may know the secret after `actor` rotated it. A person becomes the only one; a key may act
 * for those who knew the previous secret, so they stay in the list.
 */
function holdersAfter(before: readonly string[], actor: TenantActor): string[] {
  return actor.kind === 'API_KEY' ? [...new Set([...before, actorLabel(actor)])] : [actorLabel(actor)]
}
