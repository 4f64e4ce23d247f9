import type { AppContext } from '../context.ts'
import { merchantTransaction } from '../db/merchant-query.ts'
import { AppError } from '../errors.ts'
import { decideAttempt, type AttemptLimit, type Attempts } from './attempt-limits.ts'
import { sign } from './sealing.ts'

/** The subject of a count, e.g. `account` and an e-mail address, with its limit. */
export type Subject = { kind: string; of: string; limit: AttemptLimit }

type Row = Attempts & { key: Buffer; now: Date }

/** E-mail and IP addresses of strangers are stored only as an HMAC. */
const keyOf = ({ config }: AppContext, { kind, of }: Subject): Buffer =>
  Buffer.from(sign(config.secretKey, 'attempt', `${kind} ${of}`), 'base64url')

/**
 * Counts an attempt as failed for each of its subjects before it is made, so that parallel attempts cannot outrun the
 * count. PostgreSQL keeps the counts: all processes share them and its clock, and a restart loses none.
 *
 * @throws AppError RATE_LIMITED while one of the subjects has to wait; nothing is counted then.
 */
export async function countAttempt(app: AppContext, subjects: readonly Subject[], act: string): Promise<void> {
  const wanted = subjects.map((subject) => ({ ...subject, key: keyOf(app, subject) }))
  const keys = wanted.map(({ key }) => key)
  await merchantTransaction(app, '', async (client) => {
    await client.query({ name: 'attempt_begin', text: BEGIN, values: [keys] })
    const { rows } = await client.query<Row>({ name: 'attempt_lock', text: LOCK, values: [keys] })
    const decisions = wanted.map(({ key, limit }) => {
      const row = rows.find((one) => one.key.equals(key))
      return { key, now: row?.now ?? new Date(), decision: decideAttempt(limit, row ?? null, row?.now ?? new Date()) }
    })
    const waits = decisions.map(({ decision, now }) =>
      decision.allowed ? 0 : decision.retryAt.getTime() - now.getTime(),
    )
    // The rollback also removes the rows that the statement above inserted.
    if (waits.some((ms) => ms > 0)) throw tooMany(act, Math.ceil(Math.max(...waits) / 1000))
    for (const { key, decision } of decisions) {
      if (!decision.allowed) continue
      const { failures, retryAt, forgetAt } = decision.next
      await client.query({ name: 'attempt_count', text: COUNT, values: [key, failures, retryAt, forgetAt] })
    }
  })
}

/** Takes back the failure that `countAttempt` counted: the attempt succeeded, or failed for another reason. */
export async function forgiveAttempt(app: AppContext, subjects: readonly Subject[]): Promise<void> {
  const keys = subjects.map((subject) => keyOf(app, subject))
  await app.database.pool.query({ name: 'attempt_forgive', text: FORGIVE, values: [keys] })
}

/** Deletes counts that have expired. */
export async function trimAttempts({ database }: Pick<AppContext, 'database'>): Promise<void> {
  await database.pool.query('DELETE FROM failed_attempt WHERE forget_at < now()')
}

/** @param seconds until the next attempt may be made. */
export const tooMany = (act: string, seconds: number): AppError =>
  new AppError('RATE_LIMITED', `Too many attempts to ${act}; try again in ${seconds} s.`, {
    extensions: { retryAfter: seconds },
    headers: { 'retry-after': String(seconds) },
  })

// `retry_at` has milliseconds. PostgreSQL would round now() up, and the next attempt of the same millisecond would have to wait.
const NOW = `date_trunc('milliseconds', now())`
// Rows are inserted in the order of their keys, as they are locked below: two attempts never deadlock.
const BEGIN = `INSERT INTO failed_attempt (key, failures, retry_at, forget_at)
  SELECT key, 0, ${NOW}, ${NOW} FROM unnest($1::bytea[]) AS key ORDER BY key ON CONFLICT DO NOTHING`
const LOCK = `SELECT key, failures, retry_at AS "retryAt", forget_at AS "forgetAt", clock_timestamp() AS now
  FROM failed_attempt WHERE key = ANY($1::bytea[]) ORDER BY key FOR UPDATE`
const COUNT = 'UPDATE failed_attempt SET failures = $2, retry_at = $3, forget_at = $4 WHERE key = $1'
const FORGIVE = `UPDATE failed_attempt SET failures = greatest(failures - 1, 0), retry_at = least(retry_at, ${NOW})
  WHERE key IN (SELECT key FROM failed_attempt WHERE key = ANY($1::bytea[]) ORDER BY key FOR UPDATE)`
