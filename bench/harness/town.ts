import { uuidv7 } from 'uuidv7'
import type { ClientBase } from 'pg'
import { KEY_SCOPES } from '../../server/auth/permissions.ts'
import { hashedForm, newKeySecret } from '../../server/features/api-keys/service.ts'
import { unchecked } from './bulk.ts'

/** A shop of the town: its key, its WhatsApp number, and its share (0 to 1) of all orders and requests. */
export type Shop = { merchantId: string; authorization: string; phoneNumberId: string; share: number }

type TownSize = {
  /** Share of each shop of the orders, its requests as well; they sum to 1. */
  shares: readonly number[]
  /** Orders of all shops together; no shop has fewer than 25. */
  orders: number
  /** Products of each shop. */
  products: number
  /** Customers of each shop; a tenth of its orders, and at least 20, when left out. */
  customers?: number
  /** SQL of the name of the customer `i` of a shop, from 0. */
  name?: string
}

/** Shares by Zipf's law: the n-th largest shop has 1/n of the orders of the largest. */
export function zipfShares(count: number): number[] {
  const weights = Array.from({ length: count }, (_, n) => 1 / (n + 1))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

export const evenShares = (count: number): number[] => Array.from({ length: count }, () => 1 / count)

// The shops to fill, in a table of the session: number from 1, id, orders and customers.
const PLAN = `CREATE TEMP TABLE plan AS SELECT n::int, id AS merchant_id, orders, customers FROM unnest($1::uuid[], $2::int[], $3::int[]) WITH ORDINALITY AS p (id, orders, customers, n)`

const SHOPS = `INSERT INTO merchant (id, name, slug, currency, locale, time_zone, delivery_fee, pickup_address)
  SELECT merchant_id, 'Shop ' || n, 'shop-' || merchant_id, 'USD', 'en-US', 'America/New_York', 300, '1 Test Street' FROM plan`
const KEYS = `INSERT INTO api_key (id, merchant_id, name, prefix, secret_hash, scopes)
  SELECT uuidv7(), id, 'Bench', prefix, hash, $4 FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS k (id, prefix, hash)`
const NUMBERS = `INSERT INTO whatsapp_number (id, merchant_id, phone_number_id, waba_id, display_phone)
  SELECT uuidv7(), id, number, number, '+1555' || right(number, 7) FROM unnest($1::uuid[], $2::text[]) AS k (id, number)`

const PRODUCTS = `CREATE TEMP TABLE seeded_variant AS SELECT merchant_id, i, uuidv7() AS product_id, uuidv7() AS id FROM plan, generate_series(0, $1::int - 1) i`
const CATALOG = [
  `INSERT INTO product (id, merchant_id, name) SELECT product_id, merchant_id, 'Product number ' || i FROM seeded_variant`,
  `INSERT INTO variant (id, merchant_id, product_id, sku, name, price, on_hand)
   SELECT id, merchant_id, product_id, 'SKU-' || i, 'Large', 1250, 100000000 FROM seeded_variant`,
]

/** Phone numbers from `15550000000` on, in each shop anew; each customer has written lately. */
const customers = (name: string) => [
  `CREATE TEMP TABLE seeded_customer AS SELECT merchant_id, i, uuidv7() AS id FROM plan, generate_series(0, customers - 1) i`,
  'CREATE INDEX ON seeded_customer (merchant_id, i)',
  'ANALYZE seeded_customer',
  `INSERT INTO customer (id, merchant_id, name, language, created_at)
   SELECT id, merchant_id, ${name}, 'en', now() - interval '400 days' + i * interval '1 minute' FROM seeded_customer`,
  `INSERT INTO customer_identity (id, merchant_id, customer_id, kind, value)
   SELECT uuidv7(), merchant_id, id, 'PHONE', (15550000000 + i)::text FROM seeded_customer`,
  `INSERT INTO conversation (id, merchant_id, customer_id, whatsapp_number_id, window_expires_at)
   SELECT uuidv7(), c.merchant_id, c.id, n.id, now() + interval '1 day' FROM seeded_customer c JOIN whatsapp_number n USING (merchant_id)`,
  `INSERT INTO cart (id, merchant_id, customer_id, updated_at) SELECT id, merchant_id, id, now() FROM seeded_customer`,
]

/** Orders of one to three lines, a minute apart, the newest now. */
const ORDERS = [
  `CREATE TEMP TABLE seeded_order AS SELECT merchant_id, i, orders, customers, uuidv7() AS id FROM plan, generate_series(0, orders - 1) i`,
  `INSERT INTO "order" (id, merchant_id, number, customer_id, status, fulfilment, address, currency, subtotal, delivery_fee, total, placed_at, updated_at)
   SELECT o.id, merchant_id, 1001 + o.i, c.id, (ARRAY['COMPLETED', 'COMPLETED', 'CANCELLED', 'CONFIRMED']::order_status[])[1 + o.i % 4],
     'DELIVERY', o.i || ' Test Street', 'USD', 2500 * (1 + o.i % 3), 300, 2500 * (1 + o.i % 3) + 300,
     now() - (orders - o.i) * interval '1 minute', now() - (orders - o.i) * interval '1 minute'
   FROM seeded_order o JOIN seeded_customer c USING (merchant_id) WHERE c.i = o.i % o.customers`,
  `INSERT INTO order_line (id, merchant_id, order_id, position, variant_id, sku, product_name, variant_name, unit_price, quantity, total)
   SELECT uuidv7(), merchant_id, o.id, p, v.id, 'SKU-' || p, 'Product number ' || p, 'Large', 1250, 2, 2500
   FROM seeded_order o CROSS JOIN LATERAL generate_series(0, o.i % 3) p JOIN seeded_variant v USING (merchant_id) WHERE v.i = p`,
  // Orders placed later are numbered after these.
  `INSERT INTO order_counter (merchant_id, last) SELECT merchant_id, 1000 + orders FROM plan
   ON CONFLICT (merchant_id) DO UPDATE SET last = excluded.last`,
]

/** Three pieces into every cart that is empty. */
const CARTS = `
  INSERT INTO cart_line (id, merchant_id, cart_id, variant_id, quantity)
  SELECT uuidv7(), c.merchant_id, c.id, v.ids[1 + (c.n * 3 + p) % cardinality(v.ids)], 1
  FROM (SELECT id, merchant_id, row_number() OVER () AS n FROM cart c WHERE NOT EXISTS (SELECT FROM cart_line l WHERE l.cart_id = c.id)) c
  JOIN (SELECT merchant_id, array_agg(id) AS ids FROM variant GROUP BY merchant_id) v USING (merchant_id), generate_series(0, 2) p`

/** Puts three lines into every empty cart, in a transaction: customers who have ordered can order again. */
export const fillCarts = (client: ClientBase): Promise<unknown> => unchecked(client, () => client.query(CARTS))

/** Tables with one row a shop whose columns have defaults, such as the counter of its event log. */
const ROWS_OF_A_SHOP = `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
  WHERE i.indisprimary AND i.indnkeyatts = 1 AND a.attname = 'merchant_id' AND c.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_attribute o WHERE o.attrelid = c.oid AND o.attnum > 0 AND o.attnotnull AND NOT o.atthasdef AND o.attname <> 'merchant_id')`

async function openLogs(client: ClientBase): Promise<void> {
  for (const { name } of (await client.query<{ name: string }>(ROWS_OF_A_SHOP)).rows)
    await client.query(`INSERT INTO ${name} (merchant_id) SELECT merchant_id FROM plan ON CONFLICT DO NOTHING`)
}

/** In a transaction, creates shops as `createMerchant` does, with a key each, products, customers with full carts, and orders. */
export async function seedShops(
  client: ClientBase,
  { shares, orders, products, customers: most, name = `'Customer ' || i` }: TownSize,
): Promise<Shop[]> {
  const start = Date.now() % 1_000_000
  const shops = shares.map((share, n) => {
    const merchantId = uuidv7()
    return { merchantId, share, phoneNumberId: `9${start}${100_000 + n}`, secret: newKeySecret() }
  })
  const ids = shops.map(({ merchantId }) => merchantId)
  const counts = shares.map((share) => Math.max(25, Math.round(share * orders)))
  const buyers = counts.map((count) => most ?? Math.max(20, Math.ceil(count / 10)))
  const forms = shops.map(({ secret }) => hashedForm(secret))
  await client.query(PLAN, [ids, counts, buyers])
  await client.query('ANALYZE plan')
  await client.query(SHOPS)
  await openLogs(client)
  await client.query(KEYS, [ids, forms.map((f) => f.prefix), forms.map((f) => Buffer.from(f.secretHash)), KEY_SCOPES])
  await client.query(NUMBERS, [ids, shops.map((shop) => shop.phoneNumberId)])
  await client.query(PRODUCTS, [products])
  await unchecked(client, async () => {
    for (const text of [...CATALOG, ...customers(name), ...ORDERS]) await client.query(text)
  })
  await fillCarts(client)
  await client.query('DROP TABLE plan, seeded_variant, seeded_customer, seeded_order')
  return shops.map(({ secret, ...shop }) => ({ ...shop, authorization: `Bearer ${secret}` }))
}
