import { uuidv7 } from 'uuidv7'
import { actorLabel, type Authorized } from '../../auth/actor.ts'
import { KEY_PREFIX } from '../../auth/authenticate.ts'
import { KEY_SCOPES, type Permission } from '../../auth/permissions.ts'
import { hashSecret, randomSecret } from '../../auth/secrets.ts'
import type { AppContext } from '../../context.ts'
import { isUuid } from '../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { NotFoundError, ValidationError } from '../../errors.ts'
import { endKey } from './ending.ts'

export type NewApiKey = {
  name: string
  scopes: readonly Permission[]
  expiresAt?: Date | null
  /** Only for keys that must survive a new database, such as the demo's; otherwise generated. */
  secret?: string
}

export const newKeySecret = (): string => `${KEY_PREFIX}${randomSecret()}`

/** The stored form of a secret: its hash, and a prefix to recognise it by. */
export const hashedForm = (secret: string) => ({
  prefix: secret.slice(0, 8),
  secretHash: new Uint8Array(hashSecret(secret)),
})

/**
 * Creates a key of the shop on behalf of the installation: features and seeds. Requests of people and partners go through
 * `issueApiKey`, which checks the actor's permissions. The secret is returned and not stored.
 */
export async function createApiKey(
  app: AppContext,
  actor: Authorized<'api_keys:write'>,
  { secret = newKeySecret(), ...key }: NewApiKey,
): Promise<{ id: string; secret: string }> {
  const unknown = key.scopes.filter((scope) => !KEY_SCOPES.includes(scope))
  if (unknown.length > 0)
    throw new ValidationError([{ path: 'input.scopes', message: `a key cannot have the scopes ${unknown.join(', ')}` }])
  return { id: await withTenant(app, actor, (unit) => insertApiKey(unit, key, secret)), secret }
}

export async function insertApiKey(
  { tx, actor, merchantId, audit }: UnitOfWork,
  { name, scopes, expiresAt = null }: NewApiKey,
  secret: string,
): Promise<string> {
  const id = uuidv7()
  await tx.apiKey.create({
    data: {
      id,
      merchantId,
      name,
      ...hashedForm(secret),
      scopes: [...scopes],
      expiresAt,
      createdBy: actorLabel(actor),
      shownTo: [actorLabel(actor)],
    },
  })
  audit({ action: 'api_key.create', subjectId: id, detail: { name, scopes, expiresAt } })
  return id
}

/** Replaces the scopes of a key, on behalf of the installation. */
export async function setKeyScopes(
  app: AppContext,
  actor: Authorized<'api_keys:write'>,
  id: string,
  scopes: readonly Permission[],
): Promise<void> {
  await withTenant(app, actor, ({ tx }) => tx.apiKey.updateMany({ where: { id }, data: { scopes: [...scopes] } }))
}

/**
 * Revokes a key and, unless `keepIssued`, all that it issued (see `endKey`); sockets opened with any of these keys are
 * closed within seconds. Revoking it again changes nothing.
 *
 * @throws NotFoundError for an id that is not of this shop.
 */
export async function revokeApiKey(
  app: AppContext,
  actor: Authorized<'api_keys:write'>,
  id: string,
  { keepIssued = false }: { keepIssued?: boolean | null | undefined } = {},
): Promise<void> {
  if (!isUuid(id)) throw noApiKey()
  if (!(await withTenant(app, actor, (unit) => endKey(unit, id, { keepIssued: keepIssued ?? false })))) throw noApiKey()
  await announceKeyChange(app, actor.merchantId, id)
}

/** Signals to every process that a key changed: secrets that no longer work are refused, and their sockets closed, at once. */
export const announceKeyChange = (app: AppContext, merchantId: string, id: string): Promise<void> =>
  app.changes.announce({ kind: 'api_key', id, merchantId })

export const noApiKey = () => new NotFoundError('No API key with this id exists in your shop.')

/**
 * Sets the one key that bots of this installation connect with; the previous one stops working. Every process does so when it
 * starts, several at once.
 */
export async function setBotKey({ database }: AppContext, secret: string): Promise<void> {
  // Not `ON CONFLICT (name) DO UPDATE`: two inserts at once can conflict in the index of hashes, and that one would fail.
  await database.pool.query(
    `INSERT INTO platform_key (id, name, secret_hash) VALUES (gen_random_uuid(), 'bot', $1) ON CONFLICT DO NOTHING`,
    [hashSecret(secret)],
  )
  await database.pool.query(
    `UPDATE platform_key SET secret_hash = $1, revoked_at = NULL
     WHERE name = 'bot' AND (secret_hash <> $1 OR revoked_at IS NOT NULL)`,
    [hashSecret(secret)],
  )
}
