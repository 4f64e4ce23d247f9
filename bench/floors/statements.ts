// The JSON has the shape and, but for names of levels, the size of what GraphQL answers, built by PostgreSQL alone.
const order = (limit: string): string => `
  SELECT o.id, o.number, o.status, o.fulfilment, to_char(o.placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "placedAt",
    json_build_object('amount', o.total, 'currency', o.currency) AS total,
    (SELECT json_build_object('id', c.id, 'name', c.name, 'phone', '+' || (SELECT value FROM customer_identity i WHERE i.customer_id = c.id AND i.kind = 'PHONE' LIMIT 1))
      FROM customer c WHERE c.id = o.customer_id) AS customer,
    (SELECT json_agg(json_build_object('id', l.id, 'productName', l.product_name, 'variantName', l.variant_name, 'quantity', l.quantity,
      'unitPrice', json_build_object('amount', l.unit_price), 'total', json_build_object('amount', l.total)) ORDER BY l.position)
      FROM order_line l WHERE l.order_id = o.id) AS lines
  FROM "order" o ${limit}`

export const ORDER_LIST = `SELECT json_build_object('data', json_build_object('orders', json_build_object(
  'edges', (SELECT json_agg(json_build_object('node', row_to_json(t))) FROM (${order('ORDER BY o.placed_at DESC, o.id DESC LIMIT 20')}) t),
  'pageInfo', json_build_object('hasNextPage', true))))::text AS json`

export const ORDER_BY_ID = `SELECT json_build_object('data', json_build_object('order', row_to_json(t)))::text AS json FROM (${order('WHERE o.id = $1')}) t`
