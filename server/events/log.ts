import type { QueryResultRow } from 'pg'
import type { Sql } from '../db/sql.ts'
import type { Tx } from '../db/tx.ts'
import type { TenantPool } from '../db/tenant-pool.ts'
import { tenantStore } from '../db/tenant-pool.ts'
import { isoTime } from '../db/merchant-query.ts'
import { AppError } from '../errors.ts'
import type { Commit } from './commit.ts'
import type { LogPosition } from './cursor.ts'
import { resumeAfter, type Fork, type Resumption } from './forks.ts'
import type { EventDraft, EventRecord } from './kit.ts'

type Statement = Pick<Sql, 'strings' | 'values'>

// `ORDER BY sequence` would mean the output column of this name, an expression that no index has; write `e.sequence`.
const COLUMNS = `e.merchant_id AS "merchantId", e.sequence::float8 AS sequence, e.incarnation, e.id, e.type, e.version,
  e.subject_id AS "subjectId", e.data, e.actor, e.request_id AS "requestId", ${isoTime('e.occurred_at')} AS "occurredAt"`

type Entry = { merchantId: string; actor: string; requestId: string | null; drafts: EventDraft[] }
/** An event with the webhook endpoint count, which the same statement returns. */
type AppendedRow = EventRecord & { webhookEndpointCount?: number }

// Parameters: merchant, number of events, events, actor, request; those of `before` follow. The condition `only` may read the
// CTEs of `before`. Without a condition a missing counter makes a sequence null, which the table refuses.
const appendText = (before = '', only = ''): string => `
  WITH ${before} updated_counter AS (
    UPDATE event_counter SET last = last + $2::int WHERE merchant_id = $1::uuid ${only} RETURNING last, readers, incarnation
  ), inserted_event AS (
    INSERT INTO event (merchant_id, sequence, incarnation, id, type, version, subject_id, data, actor, request_id)
    SELECT $1::uuid, updated_counter.last - $2::int + draft.n, updated_counter.incarnation, gen_random_uuid(), draft.value ->> 'type',
      (draft.value ->> 'version')::int, (draft.value ->> 'subjectId')::uuid, draft.value -> 'data', $4::text, $5::text
    FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS draft (value, n) ${only ? '' : 'LEFT'} JOIN updated_counter ON true
    RETURNING *
  )
  SELECT ${COLUMNS}, (SELECT readers FROM updated_counter) AS "webhookEndpointCount" FROM inserted_event e ORDER BY e.sequence`
const APPEND = appendText()

const appendValues = ({ merchantId, drafts, actor, requestId }: Entry): unknown[] => [
  merchantId,
  drafts.length,
  JSON.stringify(drafts),
  actor,
  requestId,
]

function commitOf(merchantId: string, rows: AppendedRow[]): Commit {
  const webhookEndpointCount = rows[0]?.webhookEndpointCount ?? 0
  for (const row of rows) delete row.webhookEndpointCount
  return { merchantId, events: rows, webhookEndpointCount }
}

/**
 * Appends events at the end of a transaction. The counter's row stays locked until commit, so sequences follow the order of
 * commits: a reader that sees n can read everything before n. The statement fails for a merchant without a log (`openLog`).
 */
export const append = async (tx: Tx, entry: Entry): Promise<Commit> =>
  commitOf(entry.merchantId, await tx.$queryRawUnsafe<AppendedRow[]>(APPEND, ...appendValues(entry)))

/**
 * Changes rows and, if it changed any, appends events, in one statement that is a whole transaction. `change` is an INSERT,
 * UPDATE or DELETE; `rowsOf` runs the statement.
 */
export async function appendIfChanged(
  rowsOf: (text: string, values: unknown[]) => Promise<AppendedRow[]>,
  entry: Entry,
  change: Statement,
): Promise<Commit> {
  const values = appendValues(entry)
  const text = appendText(
    `changed_row AS (${numberedFrom(values.length + 1, change)} RETURNING 1),`,
    'AND EXISTS (SELECT FROM changed_row)',
  )
  return commitOf(entry.merchantId, await rowsOf(text, [...values, ...change.values]))
}

/** The text of a fragment with its placeholders numbered from `first`. */
const numberedFrom = (first: number, { strings }: Statement): string =>
  strings.reduce((text, next, index) => `${text}$${first + index - 1}${next}`)

type LogConnection = {
  query: <Row extends QueryResultRow>(statement: {
    name: string
    text: string
    values: unknown[]
  }) => Promise<{ rows: Row[] }>
}

/**
 * SQL of the events after a sequence of the connection's merchant, oldest first, with further columns. All arguments are SQL
 * expressions.
 */
export const eventsAfterSql = (sequence: string, limit: string, more = ''): string =>
  `SELECT ${COLUMNS}${more && `, ${more}`} FROM event e WHERE e.sequence > ${sequence} ORDER BY e.merchant_id, e.sequence LIMIT ${limit}`

/** Events after `sequence` of the connection's merchant, oldest first. */
export async function eventsAfter(connection: LogConnection, sequence: number, limit: number): Promise<EventRecord[]> {
  const text = eventsAfterSql('$1', '$2')
  return (await connection.query<EventRecord>({ name: 'log_after', text, values: [sequence, limit] })).rows
}

/** As `eventsAfter`, events of these types only: the first of each type by its own index, then merged. */
async function eventsOfTypesAfter(
  connection: LogConnection,
  sequence: number,
  limit: number,
  types: readonly string[],
): Promise<EventRecord[]> {
  const text = `SELECT ${COLUMNS} FROM unnest($3::text[]) AS wanted (type) CROSS JOIN LATERAL (
      SELECT * FROM event WHERE type = wanted.type AND sequence > $1 ORDER BY merchant_id, type, sequence LIMIT $2
    ) e ORDER BY e.sequence LIMIT $2`
  return (await connection.query<EventRecord>({ name: 'log_of_types', text, values: [sequence, limit, types] })).rows
}

/** The range of a merchant's log: events with `trimmed < sequence <= last` can be read. */
export type LogBounds = { last: number; trimmed: number; incarnation: string }

/** Reads the log of any merchant; each call sees the rows of its merchant only. */
export function createLogReader(pool: TenantPool) {
  const asMerchant = <T>(merchantId: string, work: () => Promise<T>) => tenantStore.run({ merchantId }, work)
  return {
    bounds: (merchantId: string): Promise<LogBounds> =>
      asMerchant(merchantId, async () => {
        const text = `SELECT c.last::float8 AS last, r.trimmed::float8 AS trimmed, c.incarnation FROM event_counter c JOIN event_relay r USING (merchant_id)`
        const { rows } = await pool.query<LogBounds>({ name: 'log_bounds', text })
        if (!rows[0]) throw new AppError('NOT_FOUND', 'This shop does not exist.')
        return rows[0]
      }),
    /** Finds the position at which a reader with this cursor resumes. @throws AppError CURSOR_INVALID */
    resume: (merchantId: string, cursor: LogPosition): Promise<Resumption> =>
      asMerchant(merchantId, async () => {
        const text = `SELECT incarnation, after_sequence::float8 AS after FROM restore ORDER BY after_sequence, restored_at`
        return resumeAfter(cursor, (await pool.query<Fork>({ name: 'log_forks', text })).rows)
      }),
    /** Events after `sequence`, oldest first, at most `limit`; of these types only, when they are given. */
    after: (
      merchantId: string,
      sequence: number,
      limit: number,
      types: readonly string[] | null = null,
    ): Promise<EventRecord[]> =>
      asMerchant(merchantId, () =>
        types ? eventsOfTypesAfter(pool, sequence, limit, types) : eventsAfter(pool, sequence, limit),
      ),
    /** Events about one subject, oldest first, at most `limit`. */
    about: (merchantId: string, subjectId: string, limit: number): Promise<EventRecord[]> =>
      asMerchant(merchantId, async () => {
        const text = `SELECT ${COLUMNS} FROM event e WHERE e.subject_id = $1 ORDER BY e.sequence LIMIT $2`
        return (await pool.query<EventRecord>({ name: 'log_about', text, values: [subjectId, limit] })).rows
      }),
  }
}
export type LogReader = ReturnType<typeof createLogReader>
