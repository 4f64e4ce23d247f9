import { inBulk } from './bulk.ts'

/** Customers with a phone number each, from `15550000000` on. */
const CUSTOMERS = `
  WITH made AS (
    INSERT INTO customer (id, merchant_id, name, language, created_at)
    SELECT uuidv7(), $1, 'Customer ' || n, 'en', now() - interval '400 days' + n * interval '1 minute' FROM generate_series(1, $2::int) n
    RETURNING id, name
  )
  INSERT INTO customer_identity (id, merchant_id, customer_id, kind, value)
  SELECT uuidv7(), $1, id, 'PHONE', (15550000000 + substr(name, 10)::bigint)::text FROM made`

/** Orders of one to three lines, a minute apart, the newest now. */
const ORDERS = `
  WITH buyers AS (SELECT array_agg(id) AS ids FROM customer WHERE merchant_id = $1),
  placed AS (
    INSERT INTO "order" (id, merchant_id, number, customer_id, status, fulfilment, address, currency, subtotal, delivery_fee, total, placed_at, updated_at)
    SELECT uuidv7(), $1, 1000 + n, ids[1 + n % cardinality(ids)], (ARRAY['COMPLETED', 'COMPLETED', 'CANCELLED', 'CONFIRMED']::order_status[])[1 + n % 4],
      'DELIVERY', n || ' Test Street', 'USD', 1250 * 2 * (1 + n % 3), 300, 1250 * 2 * (1 + n % 3) + 300,
      now() - ($2::int - n) * interval '1 minute', now() - ($2::int - n) * interval '1 minute'
    FROM generate_series(1, $2::int) n, buyers RETURNING id, number
  )
  INSERT INTO order_line (id, merchant_id, order_id, position, variant_id, sku, product_name, variant_name, unit_price, quantity, total)
  SELECT uuidv7(), $1, placed.id, p, $3, 'SKU-' || p, 'Product number ' || p, 'Large', 1250, 2, 2500
  FROM placed, generate_series(0, (number - 1000) % 3) p`

/** Orders placed later are numbered after these. */
const COUNTER = `
  INSERT INTO order_counter (merchant_id, last) VALUES ($1, 1000 + $2::int) ON CONFLICT (merchant_id) DO UPDATE SET last = excluded.last`

export async function seedOrders(
  adminUrl: string,
  {
    merchantId,
    variantId,
    customers,
    orders,
  }: { merchantId: string; variantId: string; customers: number; orders: number },
): Promise<void> {
  await inBulk(adminUrl, async (client) => {
    await client.query(CUSTOMERS, [merchantId, customers])
    await client.query(ORDERS, [merchantId, orders, variantId])
    await client.query(COUNTER, [merchantId, orders])
  })
}

/** A conversation of every customer, and a cart with one piece of the variant in it. */
const CONVERSATIONS = `
  INSERT INTO conversation (id, merchant_id, customer_id, whatsapp_number_id, bot_state, window_expires_at)
  SELECT uuidv7(), $1, c.id, n.id, $2, now() + interval '1 day' FROM customer c JOIN whatsapp_number n USING (merchant_id) WHERE merchant_id = $1`
const CARTS = `INSERT INTO cart (id, merchant_id, customer_id, updated_at) SELECT id, merchant_id, id, now() FROM customer WHERE merchant_id = $1`
const CART_LINES = `
  INSERT INTO cart_line (id, merchant_id, cart_id, variant_id, quantity)
  SELECT uuidv7(), $1, id, ($2::uuid[])[1 + row_number() OVER () % cardinality($2::uuid[])], 1 FROM cart WHERE merchant_id = $1`

/** Customers one message away from ordering: cart filled, summary shown, and the bot waiting for their "confirm". */
export async function seedCheckouts(
  adminUrl: string,
  {
    merchantId,
    variantIds,
    customers,
    total,
  }: { merchantId: string; variantIds: string[]; customers: number; total: number },
): Promise<void> {
  const state = {
    v: 1,
    languageChosen: false,
    expecting: null,
    checkout: { fulfilment: 'PICKUP', address: null, total },
    cart: {},
    lastAddress: null,
    lastOrderId: null,
    misses: 0,
    choices: [],
  }
  await inBulk(adminUrl, async (client) => {
    await client.query(CUSTOMERS, [merchantId, customers])
    await client.query(CONVERSATIONS, [merchantId, state])
    await client.query(CARTS, [merchantId])
    await client.query(CART_LINES, [merchantId, variantIds])
  })
}

const NUMBERS = `
  INSERT INTO whatsapp_number (id, merchant_id, phone_number_id, waba_id, display_phone)
  SELECT uuidv7(), merchant_id, phone_number_id || n, waba_id, display_phone FROM whatsapp_number, generate_series(2, $2::int) n WHERE merchant_id = $1`

/** Customers of shops who have written to each of their shop's numbers, so that it may write to them from all. */
export async function seedConversations(
  adminUrl: string,
  merchantIds: readonly string[],
  { customers, numbers }: { customers: number; numbers: number },
): Promise<void> {
  await inBulk(adminUrl, async (client) => {
    for (const merchantId of merchantIds) {
      await client.query(NUMBERS, [merchantId, numbers])
      await client.query(CUSTOMERS, [merchantId, customers])
      await client.query(CONVERSATIONS, [merchantId, {}])
    }
  })
}

/** The phone of the n-th seeded customer, from 1. */
export const phoneOf = (n: number): string => String(15_550_000_000 + n)
