import { randomUUID } from 'node:crypto'
import { inTwoWrites, type Ask } from './tenant-pool.ts'

// Written by hand for speed: the same rows and the same guarantees (locks, stock, idempotency, events in sequence, audit, the
// customer's notice) in as few statements and round trips as possible, and nothing else. The program decides between lock and
// write, as ours does. `same-rows.ts` counts the rows of both.
const ACTOR = 'API_KEY:01234567-89ab-cdef-0123-456789abcdef'

const KEY = `INSERT INTO idempotency_key (merchant_id, actor, key, operation, request_hash, result)
  VALUES ($1, '${ACTOR}', $2, $3, sha256($4::text::bytea), to_jsonb($5::text)) ON CONFLICT DO NOTHING RETURNING 1`

type Keyed = { merchantId: string; key: string; operation: string; input: string; result: string }
const takeKey = (ask: Ask, { merchantId, key, operation, input, result }: Keyed): Promise<object[]> =>
  ask('key', KEY, [merchantId, key, operation, input, result])

/** The customer's notice and the end of the statement; the CTE `subject` has the order and `body`, `events` how many events there are. */
const NOTICE_AND_AUDIT = `
  notice AS (INSERT INTO message (id, merchant_id, conversation_id, direction, author, order_id, purpose, kind, content, text, status, occurred_at)
    SELECT uuidv7(), $1, (SELECT id FROM conversation WHERE customer_id = s.customer_id ORDER BY last_message_at DESC LIMIT 1), 'OUTBOUND', 'SYSTEM', s.id,
      'ORDER_NOTICE', 'text', jsonb_build_object('kind', 'text', 'body', s.body), s.body, 'QUEUED', now() FROM subject s RETURNING id, conversation_id, text),
  chat AS (UPDATE conversation c SET last_message_text = left(n.text, 200), last_message_at = now() FROM notice n WHERE c.id = n.conversation_id),
  audited AS (INSERT INTO audit_entry (id, merchant_id, actor, action, subject_id, detail, request_id)
    SELECT uuidv7(), $1, '${ACTOR}', s.action, s.id, s.detail, gen_random_uuid()::text FROM subject s),`

type EventSource = { type: string; subject: string; data: string; from: string }
const appendEvents = (events: readonly EventSource[]): string => `
  head AS (UPDATE event_counter SET last = last + ${events.length} WHERE merchant_id = $1 RETURNING last, incarnation),
  appended AS (INSERT INTO event (merchant_id, sequence, incarnation, id, type, subject_id, data, actor, request_id) ${events
    .map(
      ({ type, subject, data, from }, n) => `
    SELECT $1, head.last - ${events.length - 1 - n}, head.incarnation, uuidv7(), '${type}', ${subject}, ${data}, '${ACTOR}', gen_random_uuid()::text FROM head, ${from}`,
    )
    .join(' UNION ALL ')})`
const MESSAGE_EVENT: EventSource = {
  type: 'message_status_changed',
  subject: 'n.id',
  data: `jsonb_build_object('messageId', n.id, 'conversationId', n.conversation_id, 'status', 'QUEUED', 'error', NULL)`,
  from: 'notice n',
}

const answer = (field: string): string =>
  `SELECT '{"data":{"${field}":{"__typename":"Order","id":"' || id || '","number":' || number || ',"status":"' || status || '"}}}' AS json FROM subject`

const LOCK_CART = `SELECT v.id, v.sku, p.name AS product, v.name, v.price, l.quantity, v.on_hand - v.reserved AS available FROM cart c
  JOIN cart_line l ON l.cart_id = c.id JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id
  WHERE c.merchant_id = $1 AND c.customer_id = $2 ORDER BY v.id FOR UPDATE OF c, l FOR NO KEY UPDATE OF v`

/** `emptied` is a CTE that empties the cart, for an order that was placed from it. */
const place = (emptied: string): string => `
  WITH bought AS (SELECT b.*, row_number() OVER () - 1 AS position FROM jsonb_to_recordset($3) AS b (id uuid, sku text, product text, name text, price bigint, quantity int)),
  counted AS (INSERT INTO order_counter (merchant_id, last) VALUES ($1, 1001)
    ON CONFLICT (merchant_id) DO UPDATE SET last = order_counter.last + 1 RETURNING last),
  placed AS (INSERT INTO "order" (id, merchant_id, number, customer_id, fulfilment, address, currency, subtotal, delivery_fee, total, reserved_until, updated_at)
    SELECT $4, $1, last, $2, 'DELIVERY', $5, m.currency, s.sum, m.delivery_fee, s.sum + m.delivery_fee, now() + m.order_accept_minutes * interval '1 minute', now()
    FROM counted, merchant m, (SELECT sum(price * quantity) AS sum FROM bought) s WHERE m.id = $1 RETURNING *),
  lines AS (INSERT INTO order_line (id, merchant_id, order_id, position, variant_id, sku, product_name, variant_name, unit_price, quantity, total)
    SELECT uuidv7(), $1, $4, position, id, sku, product, name, price, quantity, price * quantity FROM bought),
  due AS (INSERT INTO payment (id, merchant_id, order_id, method, provider, status, amount, currency, updated_at)
    SELECT uuidv7(), $1, id, payment_method, 'cash', 'PENDING', total, currency, now() FROM placed),
  held AS (INSERT INTO stock_reservation (id, merchant_id, variant_id, order_id, quantity, expires_at, updated_at)
    SELECT uuidv7(), $1, b.id, $4, quantity, p.reserved_until, now() FROM bought b, placed p),
  taken AS (UPDATE variant v SET reserved = reserved + b.quantity FROM bought b WHERE v.id = b.id),
  ${emptied}
  subject AS (SELECT p.*, 'order.place' AS action, '{}'::jsonb AS detail,
    '📝 ' || m.name || ' has taken down your order #' || p.number || ' of $' || round(p.total / 100.0, 2) || '. We will write as soon as it is accepted.' AS body
    FROM placed p, merchant m WHERE m.id = $1),
  ${NOTICE_AND_AUDIT}
  ${appendEvents([
    {
      type: 'order_created',
      subject: 's.id',
      data: `jsonb_build_object('orderId', s.id, 'number', s.number, 'customerId', s.customer_id, 'status', s.status, 'fulfilment', s.fulfilment,
        'total', jsonb_build_object('amount', s.total, 'currency', s.currency), 'reservedUntil', s.reserved_until,
        'lines', (SELECT jsonb_agg(jsonb_build_object('sku', sku, 'productName', product, 'variantName', name, 'quantity', quantity, 'unitPrice', price)) FROM bought))`,
      from: 'subject s',
    },
    MESSAGE_EVENT,
  ])}
  ${answer('placeOrder')}`
const PLACE_CART = place(
  `emptied AS (DELETE FROM cart_line l USING cart c WHERE c.id = l.cart_id AND c.merchant_id = $1 AND c.customer_id = $2),`,
)
const PLACE_LINES = place('')

type Input = { [key: string]: string }

type Locked = { quantity: number; available: number }
type Placing = { input: Input; name: string; text: string; lock: () => Promise<Locked[]> }

function placeOnce(ask: Ask, merchantId: string, { input, name, text, lock }: Placing): Promise<string> {
  const { customerId = '', address, key = '' } = input
  const orderId = randomUUID()
  const keyed = { merchantId, key, operation: 'placeOrder', input: customerId, result: orderId }
  return inTwoWrites(
    ask,
    () => Promise.all([takeKey(ask, keyed), lock()]),
    async ([taken, rows]) => {
      if (taken.length === 0) throw new Error('the key was used')
      if (rows.length === 0 || rows.some((row) => row.available < row.quantity))
        throw new Error('empty or out of stock')
      const values = [merchantId, customerId, JSON.stringify(rows), orderId, address]
      return (await ask<{ json: string }>(name, text, values))[0]?.json ?? ''
    },
  )
}

/** Orders the customer's cart. */
export const placeOrder = (ask: Ask, merchantId: string, input: Input): Promise<string> =>
  placeOnce(ask, merchantId, {
    input,
    name: 'place',
    text: PLACE_CART,
    lock: () => ask('lock', LOCK_CART, [merchantId, input.customerId]),
  })

const LOCK_VARIANTS = `SELECT v.id, v.sku, p.name AS product, v.name, v.price, 1 AS quantity, v.on_hand - v.reserved AS available
  FROM variant v JOIN product p ON p.id = v.product_id WHERE v.merchant_id = $1 AND v.sku = ANY($2) ORDER BY v.id FOR NO KEY UPDATE OF v`

/** Orders one piece of each of `skus`, which are joined by commas. */
export const placeLines = (ask: Ask, merchantId: string, input: Input): Promise<string> =>
  placeOnce(ask, merchantId, {
    input,
    name: 'place-lines',
    text: PLACE_LINES,
    lock: () => ask('lock-variants', LOCK_VARIANTS, [merchantId, (input.skus ?? '').split(',')]),
  })

const LOCK_ORDER = 'SELECT status FROM "order" WHERE id = $1 FOR NO KEY UPDATE'

type Move = { from: string; to: string; action: string; notice: string; effects: string; events: EventSource[] }

/** A transition, whose `effects` are CTEs that end in a comma. */
const move = ({ from, to, action, notice, effects, events }: Move): string => `
  WITH moved AS (UPDATE "order" SET status = '${to}', reserved_until = NULL, updated_at = now() WHERE id = $2 RETURNING *),
  ${effects}
  subject AS (SELECT o.*, '${action}' AS action, '{"from": "${from}", "to": "${to}"}'::jsonb AS detail, ${notice} AS body FROM moved o, merchant m WHERE m.id = $1),
  ${NOTICE_AND_AUDIT}
  ${appendEvents([
    {
      type: 'order_status_changed',
      subject: 's.id',
      data: `jsonb_build_object('orderId', s.id, 'number', s.number, 'from', '${from}', 'to', '${to}', 'reason', NULL)`,
      from: 'subject s',
    },
    ...events,
    MESSAGE_EVENT,
  ])}
  ${answer('transitionOrder')}`

const ACCEPT = move({
  from: 'PENDING',
  to: 'CONFIRMED',
  action: 'order.accept',
  notice: `'✅ ' || m.name || ' has accepted your order #' || o.number || '. We will write again as soon as it is ready.'`,
  effects: `
  allocated AS (UPDATE stock_reservation SET state = 'ALLOCATED', expires_at = NULL, updated_at = now() WHERE order_id = $2 AND state = 'HELD'),
  planned AS (INSERT INTO delivery (id, merchant_id, order_id, address) SELECT uuidv7(), $1, id, address FROM moved ON CONFLICT (order_id) DO NOTHING),`,
  events: [],
})
const DISPATCH = move({
  from: 'READY',
  to: 'IN_DELIVERY',
  action: 'order.dispatch',
  notice: `'🛵 Your order #' || o.number || ' is on its way to you.'`,
  effects: `
  started AS (UPDATE delivery SET status = 'IN_TRANSIT', dispatched_at = now() WHERE order_id = $2 RETURNING id, order_id),`,
  events: [
    {
      type: 'delivery_started',
      subject: 'd.order_id',
      data: `jsonb_build_object('orderId', d.order_id, 'deliveryId', d.id)`,
      from: 'started d',
    },
  ],
})

function transition(name: string, text: string, from: string) {
  return (ask: Ask, merchantId: string, { orderId = '', key = '' }: Input): Promise<string> =>
    inTwoWrites(
      ask,
      () =>
        Promise.all([
          takeKey(ask, { merchantId, key, operation: 'transitionOrder', input: orderId, result: orderId }),
          ask<{ status: string }>('lock-order', LOCK_ORDER, [orderId]),
        ]),
      async ([keyed, rows]) => {
        if (keyed.length === 0) throw new Error('the key was used')
        if (rows[0]?.status !== from) throw new Error(`the order is ${rows[0]?.status}`)
        return (await ask<{ json: string }>(name, text, [merchantId, orderId]))[0]?.json ?? ''
      },
    )
}

export const acceptOrder = transition('accept', ACCEPT, 'PENDING')
export const dispatchOrder = transition('dispatch', DISPATCH, 'READY')
