import type pg from 'pg'
import { superuser } from './bulk.ts'

/** Rows and bytes by table and kind of change, e.g. `order_line inserted`. A row changed twice counts once. */
export type Written = Map<string, { rows: number; bytes: number }>

// A row's identity is its table and primary key, whose columns are the arguments of its table's trigger.
const SET_UP = `
  CREATE SCHEMA bench;
  CREATE TABLE bench.change (at bigint GENERATED ALWAYS AS IDENTITY, transaction xid8 DEFAULT pg_current_xact_id(), relation text, operation text, key text, bytes int);
  CREATE FUNCTION bench.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    DECLARE changed jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    BEGIN
      INSERT INTO bench.change (relation, operation, key, bytes)
      VALUES (TG_TABLE_NAME, TG_OP, (SELECT string_agg(changed ->> name, '/') FROM unnest(TG_ARGV) AS name), pg_column_size(changed));
      RETURN NULL;
    END $$;
  DO $$ DECLARE t record; BEGIN
    FOR t IN SELECT i.indrelid::regclass AS relation, string_agg(quote_literal(a.attname), ', ') AS keys
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
      WHERE i.indisprimary AND c.relnamespace = 'public'::regnamespace AND c.relname <> '_prisma_migrations' GROUP BY 1
    LOOP
      EXECUTE format('CREATE TRIGGER bench_note AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION bench.note(%s)', t.relation, t.keys);
    END LOOP;
  END $$`
const TEAR_DOWN = 'DROP SCHEMA bench CASCADE'

// Only the transaction of the operation counts, which stores the key: offsets of the relay, and when an API key was used last,
// are written behind, for many operations at once. A row inserted and then updated is inserted; one deleted again is nothing.
const NET = `
  SELECT relation, CASE WHEN first = 'INSERT' THEN 'inserted' WHEN last = 'DELETE' THEN 'deleted' ELSE 'updated' END AS change,
    count(*)::int AS rows, sum(bytes)::int AS bytes
  FROM (SELECT DISTINCT ON (relation, key) relation, first_value(operation) OVER w AS first, last_value(operation) OVER w AS last, last_value(bytes) OVER w AS bytes
    FROM bench.change WHERE transaction IN (SELECT transaction FROM bench.change WHERE relation = 'idempotency_key')
    WINDOW w AS (PARTITION BY relation, key ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) net
  WHERE NOT (first = 'INSERT' AND last = 'DELETE') GROUP BY 1, 2 ORDER BY 1, 2`

async function writtenBy(client: pg.Client, work: () => Promise<void>): Promise<Written> {
  await client.query('TRUNCATE bench.change')
  await work()
  const { rows } = await client.query<{ relation: string; change: string; rows: number; bytes: number }>(NET)
  return new Map(
    rows.map(({ relation, change, rows: count, bytes }) => [`${relation} ${change}`, { rows: count, bytes }]),
  )
}

/** The floor may write a little shorter texts, such as other names of actors. */
const SHORTEST = 0.85

/** Differences between what ours and the floor wrote, as sentences; none when the floor did the same work. */
export function differences(ours: Written, floor: Written): string[] {
  const kinds = [...new Set([...ours.keys(), ...floor.keys()])].toSorted()
  const nothing = { rows: 0, bytes: 0 }
  return kinds.flatMap((kind) => {
    const [mine, its] = [ours.get(kind) ?? nothing, floor.get(kind) ?? nothing]
    if (mine.rows !== its.rows) return [`${kind}: ours ${mine.rows}, the floor ${its.rows} rows`]
    if (its.bytes < mine.bytes * SHORTEST) return [`${kind}: ours ${mine.bytes}, the floor ${its.bytes} bytes`]
    return []
  })
}

/**
 * Runs one operation of each and compares the rows that they wrote, table by table.
 *
 * @throws Error when the floor wrote other rows than ours, or much shorter ones: a comparison would flatter.
 */
export async function assertSameRows(
  adminUrl: string,
  operation: string,
  { ours, floor }: { ours: () => Promise<void>; floor: () => Promise<void> },
): Promise<Written> {
  const client = await superuser(adminUrl)
  try {
    await client.query(SET_UP)
    const mine = await writtenBy(client, ours)
    const found = differences(mine, await writtenBy(client, floor))
    if (found.length > 0) throw new Error(`The floor of "${operation}" writes other rows:\n  ${found.join('\n  ')}`)
    return mine
  } finally {
    await client.query(TEAR_DOWN)
    await client.end()
  }
}
