import type pg from 'pg'
import { unchecked } from './bulk.ts'

// Subjects are the shop's first orders in turn, so each has its part of the log.
const SUBJECTS = `CREATE TEMP TABLE logged_order AS SELECT row_number() OVER (ORDER BY id) - 1 AS i, count(*) OVER () AS total, id, number
  FROM (SELECT id, number FROM "order" WHERE merchant_id = $1 ORDER BY id LIMIT 20000) o`
// Every thousandth event is of a rare type.
const EVENTS = `
  INSERT INTO event (merchant_id, sequence, id, type, subject_id, data, actor, occurred_at)
  SELECT $1, n, uuidv7(), CASE WHEN n % 1000 = 0 THEN 'delivery_completed' ELSE 'order_status_changed' END, o.id,
    CASE WHEN n % 1000 = 0 THEN jsonb_build_object('orderId', o.id, 'deliveryId', o.id)
      ELSE jsonb_build_object('orderId', o.id, 'number', o.number, 'from', 'PENDING', 'to', 'CONFIRMED', 'reason', NULL) END,
    'SYSTEM', now() - ($2::int - n) * interval '1 second'
  FROM generate_series(1, $2::int) n JOIN logged_order o ON o.i = n % (SELECT max(total) FROM logged_order) ORDER BY n`
// All of them are known to subscribers, as if a worker had been there.
const COUNTERS = `SELECT c.relname AS name, a.attname AS column FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relname IN ('event_counter', 'event_relay') AND a.attname IN ('last', 'relayed')`

/** In a transaction, fills the empty log of a shop with events about its orders, numbered from 1. */
export async function seedEvents(client: pg.Client, merchantId: string, count: number): Promise<void> {
  await client.query(SUBJECTS, [merchantId])
  await client.query('ANALYZE logged_order')
  await unchecked(client, () => client.query(EVENTS, [merchantId, count]))
  await client.query('DROP TABLE logged_order')
  for (const { name, column } of (await client.query<{ name: string; column: string }>(COUNTERS)).rows)
    await client.query(`UPDATE ${name} SET ${column} = $2 WHERE merchant_id = $1`, [merchantId, count])
}
