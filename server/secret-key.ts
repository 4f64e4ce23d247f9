import { keyIdOf } from './auth/sealing.ts'
import { ConfigError } from './config.ts'
import type { AppContext } from './context.ts'
import { withAdvisoryLock } from './db/advisory-lock.ts'

/** Seals all secrets of one kind again that were sealed with the previous key. Idempotent. */
export type Reseal = (app: AppContext, formerKey: string) => Promise<void>

const READ = 'SELECT key_id AS "keyId" FROM secret_key_check WHERE id = 1'

/** Whether SECRET_KEY is the key of this database; null before the first start. */
export async function isKnownSecretKey({ database, config }: Pick<AppContext, 'database' | 'config'>) {
  const { rows } = await database.pool.query<{ keyId: Buffer }>(READ)
  return rows[0] ? rows[0].keyId.equals(keyIdOf(config.secretKey)) : null
}

/**
 * Compares SECRET_KEY with the key of the database, and records it at the first start. When the key was replaced and
 * SECRET_KEY_PREVIOUS is the previous one, one process seals all secrets again while others wait.
 *
 * @throws ConfigError for another key; its message says what to do.
 */
export async function checkSecretKey(app: AppContext, reseals: readonly Reseal[]): Promise<void> {
  const { config, database, logger } = app
  const given = keyIdOf(config.secretKey)
  await database.pool.query('INSERT INTO secret_key_check (id, key_id) VALUES (1, $1) ON CONFLICT DO NOTHING', [given])
  if (await isKnownSecretKey(app)) return
  const former = config.formerSecretKey
  // A session-level advisory lock, since sealing many secrets takes longer than `lock_timeout`.
  await withAdvisoryLock(database.directUrl, 'sealing', async () => {
    const { rows } = await database.pool.query<{ keyId: Buffer }>(READ)
    const known = rows[0]?.keyId
    if (known?.equals(given)) return
    if (former === null || !known?.equals(keyIdOf(former))) throw anotherKey()
    for (const reseal of reseals) await reseal(app, former)
    await database.pool.query('UPDATE secret_key_check SET key_id = $1, since = now() WHERE id = 1', [given])
    logger.info('what was sealed with SECRET_KEY_PREVIOUS is sealed with SECRET_KEY now')
  })
}

const anotherKey = () =>
  new ConfigError([
    'SECRET_KEY is not the key this database has been used with, and secrets in it are sealed with that one. Set the former key again ' +
      '(outside production it is kept in DATA_DIR/secrets.json); to replace it, set SECRET_KEY_PREVIOUS to the former key besides. ' +
      'If it is lost, see "The secret key" in docs/operators.md.',
  ])
