import { createHash } from 'node:crypto'
import { actorLabel } from '../auth/actor.ts'
import { isConstraint } from '../db/errors.ts'
import { ignoreRejection } from '../db/transaction.ts'
import { AppError } from '../errors.ts'
import { empty, sql } from '../db/sql.ts'
import { RepeatedRequestError, type UnitOfWork } from './unit-of-work.ts'

export type OnceOptions = {
  /** The client's key; without one the work simply runs. */
  key: string | null | undefined
  /** Name of the mutation: the same key for another one is a conflict. */
  operation: string
  input: unknown
}

/**
 * Runs keyed work at most once: a repeat with the same input gets the first outcome (a small JSON value, usually an
 * id), one with other input is refused. The key commits with the work, so a crash leaves neither; of two at the same
 * time the second waits for the first.
 *
 * Nearly every key is new, so the work begins in the round trip that stores the key. When the key turns out to be known,
 * `withTenant` rolls everything back and starts again with a unit that is not speculative.
 *
 * @throws AppError IDEMPOTENCY_CONFLICT, or BAD_INPUT for an unusable key.
 */
export async function once<T>(
  unit: UnitOfWork,
  { key, operation, input }: OnceOptions,
  work: () => Promise<T>,
): Promise<T> {
  if (key == null) return work()
  if (key.length < 1 || key.length > 255) throw new AppError('BAD_INPUT', 'An idempotency key has 1 to 255 characters.')
  const { tx, merchantId } = unit
  const actor = actorLabel(unit.actor)
  const requestHash = createHash('sha256').update(canonical(input)).digest()
  const inserting = tx.$executeRaw`
    INSERT INTO idempotency_key (merchant_id, actor, key, operation, request_hash)
    VALUES (${merchantId}::uuid, ${actor}, ${key}, ${operation}, ${requestHash}) ${unit.speculative ? empty : SKIP_KNOWN}`
  // Its failure says nothing until the key is known to be new.
  const begun = unit.speculative ? ignoreRejection(work()) : undefined
  if ((await inserting.catch(asRepetition)) === 0) {
    const rows = await tx.$queryRaw<{ operation: string; request_hash: Uint8Array; result: T }[]>`
      SELECT operation, request_hash, result FROM idempotency_key
      WHERE merchant_id = ${merchantId}::uuid AND actor = ${actor} AND key = ${key}`
    const first = rows[0]
    if (first?.operation === operation && requestHash.equals(first.request_hash)) return first.result
    throw new AppError(
      'IDEMPOTENCY_CONFLICT',
      'This idempotency key was used for another request. Use a new key, or repeat the request unchanged.',
    )
  }
  const result = await (begun ?? work())
  unit.write`
    UPDATE idempotency_key SET result = ${JSON.stringify(result ?? null)}::jsonb
    WHERE merchant_id = ${merchantId}::uuid AND actor = ${actor} AND key = ${key}`
  return result
}

/**
 * Speculative work must fail when the key is known: PostgreSQL then refuses the statements behind it, so that a repeat takes none
 * of their locks.
 */
const SKIP_KNOWN = sql`ON CONFLICT DO NOTHING`

function asRepetition(error: unknown): never {
  throw isConstraint(error, 'idempotency_key_pkey') ? new RepeatedRequestError() : error
}

/** JSON with sorted keys, so that the order in which a client writes its input does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner) || inner instanceof Date) return inner
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
}
