import type { AppContext } from '../context.ts'
import { queryMerchant } from '../db/merchant-query.ts'
import type { Actor, IdleBotActor } from './actor.ts'
import { botPermissions, isPermission, permissionsOfRole, type Permission } from './permissions.ts'
import { hashSecret } from './secrets.ts'
import { lookUpApiKey, lookUpSession } from './lookups.ts'

export const SESSION_COOKIE = 'storeline_session'
export const KEY_PREFIX = 'sl_'

/** The credentials that a request or a socket carries. */
export type Credentials = {
  authorization?: string | undefined
  sessionToken?: string | undefined
  lease?: string | undefined
}

/** Authenticates a request. Null for anonymous callers, and for credentials that are unknown, expired or revoked. */
export async function authenticate(
  app: AppContext,
  { authorization, sessionToken }: Credentials,
): Promise<Actor | null> {
  const bearer = /^Bearer ([\x21-\x7e]{16,512})$/i.exec(authorization ?? '')?.[1]
  if (bearer) return (await actorOfApiKey(app, bearer)) ?? (await actorOfBotKey(app, bearer))
  if (sessionToken && sessionToken.length <= 128) return actorOfSession(app, sessionToken)
  return null
}

type SessionRow = { staffId: string; name: string; role: Parameters<typeof permissionsOfRole>[0] }

async function actorOfSession(app: AppContext, token: string): Promise<Actor | null> {
  const found = await lookUpSession(app, hashSecret(token))
  if (!found) return null
  const { merchantId, sessionId } = found
  const text = `SELECT u.id AS "staffId", u.name, m.role FROM staff_session s JOIN staff_user u ON u.id = s.user_id
    JOIN membership m ON m.user_id = u.id WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now()`
  const [row] = await queryMerchant<SessionRow>(app, merchantId, text, [sessionId])
  return row ? { kind: 'STAFF', merchantId, sessionId, ...row, permissions: permissionsOfRole(row.role) } : null
}

type KeyRow = { name: string; scopes: string[]; endsAt: Date | null }

// A rotated secret works until its overlap ends, and never longer than the key itself. "least" ignores nulls.
const KEY_BY_SECRET = `SELECT name, scopes,
    least(expires_at, CASE WHEN secret_hash <> $2 THEN previous_secret_expires_at END) AS "endsAt"
  FROM api_key WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    AND (secret_hash = $2 OR previous_secret_hash = $2 AND previous_secret_expires_at > now())`

async function actorOfApiKey(app: AppContext, secret: string): Promise<Actor | null> {
  if (!secret.startsWith(KEY_PREFIX)) return null
  const hash = hashSecret(secret)
  const found = await lookUpApiKey(app, hash)
  if (!found) return null
  const { merchantId, apiKeyId } = found
  const [key] = await queryMerchant<KeyRow>(app, merchantId, KEY_BY_SECRET, [apiKeyId, hash])
  if (!key) return null
  const permissions = new Set<Permission>(key.scopes.filter(isPermission))
  return { kind: 'API_KEY', merchantId, apiKeyId, name: key.name, permissions, endsAt: key.endsAt }
}

async function actorOfBotKey(app: AppContext, secret: string): Promise<IdleBotActor | null> {
  const { rows } = await app.database.pool.query<{ id: string }>({
    name: 'bot_key',
    text: 'SELECT id FROM platform_key WHERE secret_hash = $1 AND revoked_at IS NULL',
    values: [hashSecret(secret)],
  })
  const keyId = rows[0]?.id
  return keyId ? { kind: 'IDLE_BOT', keyId, merchantId: null, permissions: botPermissions } : null
}
