import { uuidv7 } from 'uuidv7'
import type { TenantActor } from '../../auth/actor.ts'
import { KEY_PREFIX } from '../../auth/authenticate.ts'
import { KEY_SCOPES, type Permission } from '../../auth/permissions.ts'
import { hashSecret, randomSecret } from '../../auth/secrets.ts'
import type { AppContext } from '../../context.ts'
import { withTenant } from '../../db/tenant.ts'
import { ValidationError } from '../../errors.ts'

export type NewApiKey = {
  name: string
  scopes: readonly Permission[]
  expiresAt?: Date | null
  /** Only for keys that must survive a new database, such as the demo's; otherwise one is made. */
  secret?: string
}

/** Makes a key of the shop. The secret is in the answer and nowhere else. */
export async function createApiKey(
  app: AppContext,
  actor: TenantActor,
  { name, scopes, expiresAt = null, secret }: NewApiKey,
): Promise<{ id: string; secret: string }> {
  const unknown = scopes.filter((scope) => !KEY_SCOPES.includes(scope))
  if (unknown.length > 0)
    throw new ValidationError([{ path: 'input.scopes', message: `a key cannot carry ${unknown.join(', ')}` }])
  const key = secret ?? `${KEY_PREFIX}${randomSecret()}`
  const id = uuidv7()
  const { merchantId } = actor
  await withTenant(app, actor, async ({ tx, audit }) => {
    const secretHash = new Uint8Array(hashSecret(key))
    await tx.apiKey.create({
      data: { id, merchantId, name, prefix: key.slice(0, 8), secretHash, scopes: [...scopes], expiresAt },
    })
    audit({ action: 'api_key.create', subjectId: id, detail: { name, scopes } })
  })
  return { id, secret: key }
}

/** Ends a key; sockets opened with it are closed within seconds. Answers whether there was such a key. */
export async function revokeApiKey(app: AppContext, actor: TenantActor, id: string): Promise<boolean> {
  const revoked = await withTenant(app, actor, async ({ tx, audit }) => {
    const { count } = await tx.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } })
    if (count > 0) audit({ action: 'api_key.revoke', subjectId: id })
    return count > 0
  })
  if (revoked) await app.pubsub.publish('revoked', 'all', { kind: 'api_key', id }).catch(() => {})
  return revoked
}

/** Makes `secret` the one key that bots of this installation connect with; an earlier one stops working. */
export async function setBotKey({ database }: AppContext, secret: string): Promise<void> {
  await database.pool.query(
    `INSERT INTO platform_key (id, name, secret_hash) VALUES (gen_random_uuid(), 'bot', $1)
     ON CONFLICT (name) DO UPDATE SET secret_hash = excluded.secret_hash, revoked_at = NULL`,
    [hashSecret(secret)],
  )
}
