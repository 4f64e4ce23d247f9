import { randomUUID } from 'node:crypto'
import type pg from 'pg'

// Written by hand for speed: the same rows and the same guarantees (locks, stock, idempotency, event in sequence, audit)
// in as few statements as possible, and nothing else.
const LOCK = `SELECT v.id, v.sku, p.name AS product, v.name, v.price, l.quantity, v.on_hand - v.reserved AS available FROM cart c
  JOIN cart_line l ON l.cart_id = c.id JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id
  WHERE c.customer_id = $1 ORDER BY v.id FOR UPDATE OF c, l FOR NO KEY UPDATE OF v`

const PLACE = `
  WITH bought AS (SELECT * FROM jsonb_to_recordset($3) AS b (id uuid, sku text, product text, name text, price bigint, quantity int)),
  keyed AS (INSERT INTO idempotency_key (merchant_id, actor, key, operation, request_hash, result)
    VALUES ($1, 'FLOOR', $5, 'placeOrder', '\\x00', to_jsonb($4::text))),
  counted AS (INSERT INTO order_counter (merchant_id, last) VALUES ($1, 1001)
    ON CONFLICT (merchant_id) DO UPDATE SET last = order_counter.last + 1 RETURNING last),
  placed AS (INSERT INTO "order" (id, merchant_id, number, customer_id, fulfilment, currency, subtotal, total, reserved_until, updated_at)
    SELECT $4::uuid, $1, last, $2, 'PICKUP', 'USD', s.sum, s.sum, now() + interval '1 hour', now()
    FROM counted, (SELECT sum(price * quantity) AS sum FROM bought) s RETURNING *),
  lines AS (INSERT INTO order_line (id, merchant_id, order_id, position, variant_id, sku, product_name, variant_name, unit_price, quantity, total)
    SELECT gen_random_uuid(), $1, $4::uuid, 0, id, sku, product, name, price, quantity, price * quantity FROM bought),
  held AS (INSERT INTO stock_reservation (id, merchant_id, variant_id, order_id, quantity, expires_at, updated_at)
    SELECT gen_random_uuid(), $1, id, $4::uuid, quantity, now() + interval '1 hour', now() FROM bought),
  taken AS (UPDATE variant v SET reserved = reserved + b.quantity FROM bought b WHERE v.id = b.id),
  -- The cart stays as it is, so that the next round can order again; deleting its line costs one more row.
  touched AS (UPDATE cart SET updated_at = now() WHERE customer_id = $2),
  audited AS (INSERT INTO audit_entry (id, merchant_id, actor, action, subject_id) VALUES (gen_random_uuid(), $1, 'FLOOR', 'order.place', $4::uuid)),
  head AS (UPDATE event_counter SET last = last + 1 RETURNING last),
  event AS (INSERT INTO event (merchant_id, sequence, id, type, subject_id, data, actor)
    SELECT $1, last, gen_random_uuid(), 'order_created', $4::uuid, $3, 'FLOOR' FROM head)
  SELECT json_build_object('data', json_build_object('placeOrder', json_build_object('id', id, 'number', number, 'status', status)))::text AS json FROM placed`

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

export function placeOrder(
  pool: pg.Pool,
  merchantId: string,
  { customerId, key }: { [key: string]: string },
): Promise<string> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ quantity: number; available: number }>({
      name: 'lock',
      text: LOCK,
      values: [customerId],
    })
    if (rows.length === 0 || rows.some((row) => row.available < row.quantity))
      throw new Error('empty cart or out of stock')
    const values = [merchantId, customerId, JSON.stringify(rows), randomUUID(), key]
    const placed = await client.query<{ json: string }>({ name: 'place', text: PLACE, values })
    return placed.rows[0]?.json ?? ''
  })
}

const MOVE = `
  WITH moved AS (UPDATE "order" SET status = 'CONFIRMED', reserved_until = NULL, updated_at = now() WHERE id = $2 AND status = 'PENDING' RETURNING *),
  keyed AS (INSERT INTO idempotency_key (merchant_id, actor, key, operation, request_hash) VALUES ($1, 'FLOOR', $3, 'transitionOrder', '\\x00')),
  allocated AS (UPDATE stock_reservation SET state = 'ALLOCATED', expires_at = NULL, updated_at = now() WHERE order_id = $2),
  audited AS (INSERT INTO audit_entry (id, merchant_id, actor, action, subject_id) VALUES (gen_random_uuid(), $1, 'FLOOR', 'order.accept', $2)),
  head AS (UPDATE event_counter SET last = last + 1 RETURNING last),
  event AS (INSERT INTO event (merchant_id, sequence, id, type, subject_id, data, actor)
    SELECT $1, last, gen_random_uuid(), 'order_status_changed', $2, '{}', 'FLOOR' FROM head)
  SELECT json_build_object('data', json_build_object('transitionOrder', json_build_object('id', id, 'number', number, 'status', status)))::text AS json FROM moved`

export function transitionOrder(
  pool: pg.Pool,
  merchantId: string,
  { orderId, key }: { [key: string]: string },
): Promise<string> {
  return inTransaction(pool, async (client) => {
    await client.query({
      name: 'lock-order',
      text: 'SELECT status FROM "order" WHERE id = $1 FOR NO KEY UPDATE',
      values: [orderId],
    })
    const { rows } = await client.query<{ json: string }>({
      name: 'move',
      text: MOVE,
      values: [merchantId, orderId, key],
    })
    return rows[0]?.json ?? ''
  })
}
