import type { AppContext } from '../context.ts'
import type { Actor, ApiKeyActor, IdleBotActor, StaffActor } from './actor.ts'
import { botPermissions, isPermission, permissionsOfRole, type Permission } from './permissions.ts'
import { hashSecret } from './secrets.ts'

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

// The lookup finds the shop of a secret; the statement enters that shop for its own transaction, and reads there what
// row-level security shows. OFFSET 0 keeps the planner from reading before it has entered: rows would then be missing.
const inShopOf = (lookup: string, id: string, read: string): string => `
  WITH found AS MATERIALIZED (
    SELECT ${id} AS id, merchant_id, set_config('app.merchant_id', merchant_id::text, true) AS entered FROM ${lookup}($1))
  SELECT found.merchant_id AS "merchantId", rights.*
  FROM found CROSS JOIN LATERAL (${read} AND found.entered <> '' OFFSET 0) rights`

type SessionRow = Omit<StaffActor, 'kind' | 'permissions'>

const SESSION_BY_TOKEN = inShopOf(
  'lookup_session',
  'session_id',
  `SELECT s.id AS "sessionId", u.id AS "staffId", u.name, m.role, s.expires_at AS "endsAt"
  FROM staff_session s JOIN staff_user u ON u.id = s.user_id JOIN membership m ON m.user_id = u.id
  WHERE s.id = found.id AND s.revoked_at IS NULL AND s.expires_at > now()`,
)

async function actorOfSession(app: AppContext, token: string): Promise<Actor | null> {
  const query = { name: 'session_by_token', text: SESSION_BY_TOKEN, values: [hashSecret(token)] }
  const [row] = (await app.database.pool.query<SessionRow>(query)).rows
  return row ? { kind: 'STAFF', ...row, permissions: permissionsOfRole(row.role) } : null
}

type KeyRow = Omit<ApiKeyActor, 'kind' | 'permissions'> & { scopes: string[] }

// A rotated secret works until its overlap ends, and never longer than the key itself. "least" ignores nulls.
const KEY_BY_SECRET = inShopOf(
  'lookup_api_key',
  'api_key_id',
  `SELECT id AS "apiKeyId", name, scopes,
    least(expires_at, CASE WHEN secret_hash <> $1 THEN previous_secret_expires_at END) AS "endsAt"
  FROM api_key WHERE api_key.id = found.id AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    AND (secret_hash = $1 OR previous_secret_hash = $1 AND previous_secret_expires_at > now())`,
)

async function actorOfApiKey(app: AppContext, secret: string): Promise<Actor | null> {
  if (!secret.startsWith(KEY_PREFIX)) return null
  const query = { name: 'key_by_secret', text: KEY_BY_SECRET, values: [hashSecret(secret)] }
  const [row] = (await app.database.pool.query<KeyRow>(query)).rows
  if (!row) return null
  const { scopes, ...key } = row
  return { kind: 'API_KEY', ...key, permissions: new Set<Permission>(scopes.filter(isPermission)) }
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
