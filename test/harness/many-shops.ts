import pg from 'pg'
import { inject } from 'vitest'

/** Rows of the large shop in a table that grows with its trade. Ten middle shops have 200, all others 3. */
export const LARGE = 6_000
const SHOPS = 2_000

/** Rows that even a large shop has no more of. Every other table has LARGE. */
const AT_MOST: Record<string, number> = {
  api_key: 50,
  category: 50,
  dead_job: 500,
  event_counter: 1,
  event_relay: 1,
  invitation: 50,
  media_asset: 1_000,
  media_variant: 1_000,
  membership: 50,
  merchant: 1,
  order_counter: 1,
  product: 1_000,
  restore: 0,
  staff_session: 100,
  staff_user: 50,
  template: 200,
  template_version: 200,
  variant: 1_000,
  webhook_endpoint: 20,
  whatsapp_number: 2,
}

/** SQL of columns that the type alone cannot fill: `n` is the shop's number, `i` the row's. */
const COLUMNS: Record<string, string> = {
  'bot_turn.status': `'DONE'`,
  'cart_line.quantity': '1',
  'conversation.unread_count': 'CASE WHEN i % 400 = 0 THEN 1 ELSE 0 END',
  'conversation.mode': `(CASE WHEN i % 400 = 0 THEN 'HUMAN' ELSE 'BOT' END)::conversation_mode`,
  'conversation.last_message_at': `now() - i * interval '1 minute'`,
  'customer.name': `(ARRAY['Ana', 'Ben', 'Chloe', 'Dmitri', 'Elif', 'Fatou'])[1 + i % 6] || ' ' || (ARRAY['Smith', 'Müller', 'Okafor', 'Rossi', 'Silva'])[1 + i % 5] || ' ' || i`,
  'customer_identity.kind': `'PHONE'::identity_kind`,
  'customer_identity.value': `(491500000000 + n::bigint * 100000 + i)::text`,
  'dead_job.succeeded_at': `CASE WHEN i % 50 = 0 THEN NULL ELSE now() END`,
  'event.sequence': 's.last + i',
  'event.type': `(ARRAY['order_created', 'order_status_changed', 'message_received', 'message_sent'])[1 + i % 4]`,
  'ledger_entry.kind': `'CAPTURE'::ledger_kind`,
  'ledger_entry.amount': 'i',
  'media_asset.message_id': 'NULL',
  'media_asset.status': `'READY'::media_status`,
  // Half of the messages are in one conversation.
  'message.conversation_id': 'CASE WHEN i % 2 = 0 THEN conversation_id(n, 1) ELSE conversation_id(n, i) END',
  'message.status': `'READ'::message_status`,
  'order.status': `(CASE WHEN i % 400 = 0 THEN 'PENDING' WHEN i % 400 = 1 THEN 'CANCELLED' ELSE 'COMPLETED' END)::order_status`,
  'order.number': '10000 + i',
  'order.total': 'i',
  'order.subtotal': 'i',
  'order_line.quantity': '1',
  'order_line.unit_price': 'i',
  'order_line.total': 'i',
  'order_line.variant_id': 'variant_id(n, i % 1000)',
  'payment.status': `(CASE WHEN i % 400 = 0 THEN 'PENDING' ELSE 'CAPTURED' END)::payment_status`,
  'staff_user.email': `n || '-' || i || '@many.example'`,
  'stock_reservation.state': `'CONSUMED'::reservation_state`,
  'stock_reservation.variant_id': 'variant_id(n, i % 1000)',
  'variant.on_hand': '5',
  'webhook_endpoint.cursor': 's.last + s.size',
  'webhook_delivery.endpoint_id': 'webhook_endpoint_id(n, 1)',
  'webhook_delivery.status': `'SUCCEEDED'::webhook_delivery_status`,
}

type Column = { table: string; name: string; type: string; required: boolean; references: string | null; kind: string }

const COLUMNS_OF = `SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, NULL) AS type, t.typtype AS kind,
    a.attnotnull AND NOT a.atthasdef AS required,
    (SELECT f.confrelid::regclass::text FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.conkey = ARRAY[a.attnum]) AS references
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity ORDER BY c.relname, a.attnum`

/**
 * Fills every table of shops with rows of 2,000 shops of very different sizes, among them the shop `large`, which exists.
 * The columns come from the catalogue, so a new table is filled as well. Rows with the same number belong together.
 */
export async function seedManyShops(databaseName: string, large: string): Promise<void> {
  const url = new URL(inject('adminUrl'))
  url.pathname = `/${databaseName}`
  const admin = new pg.Client({ connectionString: url.href })
  await admin.connect()
  try {
    // Neither triggers nor foreign keys: the rows are made to fit.
    await admin.query(
      `SET session_replication_role = replica; SET synchronous_commit = off; SET auto_explain.log_min_duration = -1`,
    )
    const { rows: columns } = await admin.query<Column>(COLUMNS_OF)
    const tables = new Map<string, Column[]>()
    for (const column of columns) tables.set(column.table, [...(tables.get(column.table) ?? []), column])
    for (const table of tables.keys())
      await admin.query(
        `CREATE FUNCTION pg_temp.${table}_id(n int, i int) RETURNS uuid LANGUAGE sql IMMUTABLE
           AS $$ SELECT overlay(overlay(md5('${table} ' || n || ' ' || i) PLACING '7' FROM 13) PLACING '8' FROM 17)::uuid $$`,
      )
    await admin.query(
      `CREATE TEMP TABLE shop AS SELECT n, CASE WHEN n = 1 THEN $1::uuid ELSE pg_temp.merchant_id(n, 1) END AS id,
         CASE WHEN n = 1 THEN ${LARGE} WHEN n <= 11 THEN 200 ELSE 3 END AS size,
         coalesce((SELECT max(last) FROM event_counter WHERE n = 1 AND merchant_id = $1), 0) AS last
       FROM generate_series(1, ${SHOPS}) n`,
      [large],
    )
    for (const [table, of] of tables) {
      const filled = of.flatMap((column) => {
        const value = valueOf(column, tables)
        return value === null ? [] : [{ name: pg.escapeIdentifier(column.name), value }]
      })
      await admin.query(
        `INSERT INTO ${pg.escapeIdentifier(table)} (${filled.map(({ name }) => name).join(', ')})
         SELECT ${filled.map(({ value }) => value).join(', ')} FROM shop s CROSS JOIN LATERAL
           generate_series(1, least(s.size, ${AT_MOST[table] ?? LARGE})) i ON CONFLICT DO NOTHING`,
      )
    }
    await admin.query('UPDATE event_counter c SET last = s.last + s.size FROM shop s WHERE s.id = c.merchant_id')
    await admin.query(
      'UPDATE event_relay r SET relayed = c.last FROM event_counter c WHERE c.merchant_id = r.merchant_id',
    )
    await admin.query('VACUUM ANALYZE')
  } finally {
    await admin.end()
  }
}

/** SQL of a column's value in row `i` of shop `n`; null leaves it to its default. */
function valueOf(
  { table, name, type, required, references, kind }: Column,
  tables: Map<string, unknown>,
): string | null {
  const own = COLUMNS[`${table}.${name}`]
  const known = own ?? generated()
  return known && known.replace(/\b(\w+_id)\((?=n, )/g, 'pg_temp.$1(')

  function generated(): string | null {
    if (name === 'merchant_id' || (table === 'merchant' && name === 'id')) return 's.id'
    if (type === 'uuid') {
      const target = name === 'id' ? table : (references?.replaceAll('"', '') ?? name.replace(/_id$/, ''))
      return tables.has(target) || required ? `${tables.has(target) ? target : table}_id(n, i)` : null
    }
    if (/_at$|^at$/.test(name) && (required || /^(created|placed|occurred|failed|updated|at)/.test(name)))
      return `now() - i * interval '1 minute'`
    if (type === 'text[]') return `'{}'`
    if (!required) return null
    if (type.startsWith('timestamp')) return `now() + interval '1 day'`
    if (type.startsWith('character')) return `'EUR'`
    if (type === 'text') return `'${name} ' || n || ' ' || i`
    if (type === 'bytea') return `decode(md5('${table}' || n || ' ' || i), 'hex')`
    if (type === 'jsonb') return `'{}'`
    if (type === 'boolean') return 'false'
    return kind === 'e' ? `(enum_range(NULL::${type}))[1]` : 'i'
  }
}
