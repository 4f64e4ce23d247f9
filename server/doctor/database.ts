import { readdir } from 'node:fs/promises'
import type pg from 'pg'
import { hashSecret } from '../auth/secrets.ts'
import { keyIdOf } from '../auth/sealing.ts'
import { type Connection, openConnection } from '../db/connection.ts'
import { assertDirectAddress, detectPooling } from '../db/pooling.ts'
import { type Check, fail, messageOf, ok, type Outcome, type Surroundings, warn } from './check.ts'

const MIGRATIONS = 'prisma/migrations'
/** Tolerated difference of clocks: beyond it tokens, leases and links expire too early or too late. */
const SKEW_MS = 5_000

/** Runs `look` on its own connection. */
async function onDatabase(
  { databaseUrl }: Surroundings,
  look: (client: pg.Client) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  if (databaseUrl === null) return [ok('it is embedded, and starts with Storeline')]
  let opened: Connection
  try {
    opened = await openConnection(databaseUrl, { queryTimeoutMs: 5_000 })
  } catch (error) {
    return [fail(`PostgreSQL (DATABASE_URL) cannot be used: ${messageOf(error)}`)]
  }
  await using client = opened
  return await look(client)
}

const has = async (client: pg.Client, table: string): Promise<boolean> =>
  (await client.query<{ has: boolean }>('SELECT to_regclass($1) IS NOT NULL AS has', [table])).rows[0]?.has ?? false

export const databaseCheck: Check = {
  name: 'database',
  quick: true,
  run: (surroundings) =>
    onDatabase(surroundings, async (client) => {
      const { rows } = await client.query<{ version: number; role: string; free: boolean; now: number }>(
        `SELECT current_setting('server_version_num')::int AS version, rolname AS role, rolsuper OR rolbypassrls AS free,
           (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now FROM pg_roles WHERE rolname = current_user`,
      )
      const [found] = rows
      if (!found) return [fail('PostgreSQL does not report the role of DATABASE_URL')]
      const skew = Math.round(Math.abs(found.now - Date.now()))
      const problems: Outcome[] = []
      if (found.version < 140_000) problems.push(fail('PostgreSQL is older than 14: upgrade it.'))
      if (found.free)
        problems.push(
          fail(
            `the role "${found.role}" is a superuser or has BYPASSRLS, so shops would not be kept apart: use one with NOSUPERUSER NOBYPASSRLS.`,
          ),
        )
      if (skew > SKEW_MS)
        problems.push(warn(`its clock and ours are ${skew / 1000} s apart: let both follow a time server (NTP).`))
      return problems.length > 0
        ? problems
        : [ok(`PostgreSQL ${Math.floor(found.version / 10_000)} answers, and row-level security binds its role`)]
    }),
}

export const poolerCheck: Check = {
  name: 'pooler',
  quick: false,
  run: async ({ config, databaseUrl }) => {
    if (databaseUrl === null) return [ok('there is none before the embedded PostgreSQL')]
    const directUrl = config.database.kind === 'url' ? config.database.directUrl : null
    const pooling = await detectPooling(databaseUrl)
    if (directUrl || pooling === 'transaction') await assertDirectAddress(databaseUrl, directUrl)
    return [
      ok(
        pooling === 'session'
          ? 'connections keep their session'
          : 'it lends connections by transaction, and DATABASE_DIRECT_URL leads past it',
      ),
    ]
  },
}

export const migrationsCheck: Check = {
  name: 'migrations',
  quick: false,
  run: (surroundings) =>
    onDatabase(surroundings, async (client) => {
      if (!(await has(client, '_prisma_migrations'))) return [ok('the database is new; the next start migrates it')]
      const { rows } = await client.query<{ name: string; finished: boolean }>(
        'SELECT migration_name AS name, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL',
      )
      const broken = rows.filter(({ finished }) => !finished)
      if (broken.length > 0)
        return [warn(`the migration ${broken[0]?.name} broke off and left nothing; the next start tries it again.`)]
      const entries = await readdir(MIGRATIONS, { withFileTypes: true })
      const ours = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
      const pending = ours.filter((name) => !rows.some((row) => row.name === name))
      const newer = rows.filter(({ name }) => !ours.includes(name))
      if (newer.length > 0)
        return [warn(`the database has been migrated by a newer version (${newer.at(-1)?.name}): deploy that one.`)]
      return [ok(pending.length > 0 ? `the next start applies ${pending.length}` : 'all of them are applied')]
    }),
}

export const keysCheck: Check = {
  name: 'keys',
  quick: false,
  run: (surroundings) =>
    onDatabase(surroundings, async (client) => {
      const { config } = surroundings
      const outcomes: Outcome[] = []
      if (await has(client, 'secret_key_check')) {
        const { rows } = await client.query<{ keyId: Buffer }>('SELECT key_id AS "keyId" FROM secret_key_check')
        const ids = [config.secretKey, config.formerSecretKey].flatMap((key) => (key === null ? [] : [keyIdOf(key)]))
        const known = rows[0]?.keyId
        if (known && !ids.some((id) => id.equals(known)))
          outcomes.push(
            fail('SECRET_KEY is not the key this database is used with: see "The secret key" in docs/operators.md.'),
          )
      }
      if (await has(client, 'platform_key')) {
        const { rows } = await client.query<{ hash: Buffer }>(
          "SELECT secret_hash AS hash FROM platform_key WHERE name = 'bot' AND revoked_at IS NULL",
        )
        if (rows[0] && !rows[0].hash.equals(hashSecret(config.botApiKey)))
          outcomes.push(
            warn('BOT_API_KEY is not the one an api or worker was started with last: give every process the same.'),
          )
      }
      return outcomes.length > 0 ? outcomes : [ok('SECRET_KEY and BOT_API_KEY are those of the database')]
    }),
}

export const botCheck: Check = {
  name: 'bot',
  quick: false,
  run: (surroundings) =>
    onDatabase(surroundings, async (client) => {
      if (!(await has(client, 'bot_connection'))) return [ok('it connects once Storeline has started')]
      const { rows } = await client.query<{ online: boolean }>(
        "SELECT EXISTS (SELECT 1 FROM bot_connection WHERE last_seen_at > now() - interval '1 minute') AS online",
      )
      return [
        rows[0]?.online
          ? ok('a bot is connected')
          : warn('no bot is connected: start one, with the BOT_API_KEY of the api and its address in STORELINE_URL.'),
      ]
    }),
}
