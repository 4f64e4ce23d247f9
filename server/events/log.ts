import type { ClientBase } from 'pg'
import type { Tx } from '../db/tenant.ts'
import type { TenantPool } from '../db/tenant-pool.ts'
import { tenantStore } from '../db/tenant-pool.ts'
import { AppError } from '../errors.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { EventDraft, EventRecord } from './kit.ts'

const COLUMNS = `merchant_id AS "merchantId", sequence::float8 AS sequence, id, type, version, subject_id AS "subjectId",
  data, actor, request_id AS "requestId", to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "occurredAt"`

/** What was appended, as stored and in order, and how many webhook endpoints read the shop's log. */
export type Appended = { events: EventRecord[]; readers: number }

/**
 * Writes events at the end of a transaction. The counter's row stays locked until commit, which makes sequence order
 * commit order: a reader that sees n has everything before n.
 */
export async function append(
  tx: Tx,
  {
    merchantId,
    actor,
    requestId,
    drafts,
  }: { merchantId: string; actor: string; requestId: string | null; drafts: EventDraft[] },
): Promise<Appended> {
  const rows = await tx.$queryRaw<(EventRecord & { readers?: number })[]>`
    WITH head AS (
      UPDATE event_counter SET last = last + ${drafts.length} WHERE merchant_id = ${merchantId}::uuid RETURNING last, readers
    ), written AS (
      INSERT INTO event (merchant_id, sequence, id, type, version, subject_id, data, actor, request_id)
      SELECT ${merchantId}::uuid, head.last - ${drafts.length} + draft.n, gen_random_uuid(), draft.value ->> 'type',
        (draft.value ->> 'version')::int, (draft.value ->> 'subjectId')::uuid, draft.value -> 'data', ${actor}, ${requestId}
      FROM head, jsonb_array_elements(${JSON.stringify(drafts)}::jsonb) WITH ORDINALITY AS draft (value, n)
      RETURNING *
    )
    SELECT ${Prisma.raw(COLUMNS)}, (SELECT readers FROM head) AS readers FROM written ORDER BY sequence`
  const readers = rows[0]?.readers
  if (readers === undefined)
    throw new Error(`Shop ${merchantId} has no event counter; create shops through createMerchant.`)
  // It was read along with the events, and is no part of them.
  for (const row of rows) delete row.readers
  return { events: rows, readers }
}

/** Events after `sequence` of the shop that the connection names, oldest first. */
export async function eventsAfter(
  connection: Pick<ClientBase, 'query'>,
  sequence: number,
  limit: number,
): Promise<EventRecord[]> {
  const text = `SELECT ${COLUMNS} FROM event WHERE sequence > $1 ORDER BY merchant_id, sequence LIMIT $2`
  return (await connection.query<EventRecord>({ name: 'log_after', text, values: [sequence, limit] })).rows
}

/** Where the log of a shop begins and ends: events `trimmed < sequence <= last` can be read. */
export type LogBounds = { last: number; trimmed: number }

/** Reads the log of any shop; every call is confined to the shop it names. */
export function createLogReader(pool: TenantPool) {
  const inShop = <T>(merchantId: string, work: () => Promise<T>) => tenantStore.run({ merchantId }, work)
  return {
    bounds: (merchantId: string): Promise<LogBounds> =>
      inShop(merchantId, async () => {
        const text = `SELECT c.last::float8 AS last, r.trimmed::float8 AS trimmed FROM event_counter c JOIN event_relay r USING (merchant_id)`
        const { rows } = await pool.query<LogBounds>({ name: 'log_bounds', text })
        if (!rows[0]) throw new AppError('NOT_FOUND', 'This shop does not exist.')
        return rows[0]
      }),
    /** Events after `sequence`, oldest first, at most `limit`. */
    after: (merchantId: string, sequence: number, limit: number): Promise<EventRecord[]> =>
      inShop(merchantId, () => eventsAfter(pool, sequence, limit)),
    /** Everything that happened to one subject, oldest first. */
    about: (merchantId: string, subjectId: string, limit: number): Promise<EventRecord[]> =>
      inShop(merchantId, async () => {
        const text = `SELECT ${COLUMNS} FROM event WHERE subject_id = $1 ORDER BY sequence LIMIT $2`
        return (await pool.query<EventRecord>({ name: 'log_about', text, values: [subjectId, limit] })).rows
      }),
  }
}
export type LogReader = ReturnType<typeof createLogReader>
