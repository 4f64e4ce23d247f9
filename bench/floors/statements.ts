// The very bytes that GraphQL answers, built by PostgreSQL alone. `row_to_json` writes no spaces; `json_agg` would.
const list = (rows: string): string =>
  `('[' || (SELECT string_agg(row_to_json(t)::text, ',') FROM (${rows}) t) || ']')::json`
const row = (columns: string): string => `(SELECT row_to_json(t) FROM (SELECT ${columns}) t)`

const LINES = `SELECT l.id, l.product_name AS "productName", l.variant_name AS "variantName", l.quantity,
  ${row('l.unit_price AS amount')} AS "unitPrice", ${row('l.total AS amount')} AS total FROM order_line l WHERE l.order_id = o.id ORDER BY l.position`

const order = (which: string): string => `
  SELECT o.id, o.number, o.status, o.fulfilment, to_char(o.placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "placedAt",
    ${row('o.total AS amount, o.currency')} AS total,
    (SELECT row_to_json(t) FROM (SELECT c.id, c.name, '+' || (SELECT value FROM customer_identity i WHERE i.customer_id = c.id AND i.kind = 'PHONE' LIMIT 1) AS phone
      FROM customer c WHERE c.id = o.customer_id) t) AS customer,
    ${list(LINES)} AS lines
  FROM "order" o ${which}`

export const ORDER_LIST = `SELECT '{"data":{"orders":{"edges":' || ${list(
  `SELECT row_to_json(o) AS node FROM (${order('WHERE o.merchant_id = $1 ORDER BY o.placed_at DESC, o.id DESC LIMIT 20')}) o`,
)}::text || ',"pageInfo":{"hasNextPage":true}}}}' AS json`

export const ORDER_BY_ID = `SELECT '{"data":{"order":' || row_to_json(t)::text || '}}' AS json FROM (${order('WHERE o.id = $1')}) t`
