import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { assertRoleIsBound } from '../server/db/assert-role.ts'
import { openConnection } from '../server/db/connection.ts'
import { openTestApp, type TestApp } from './harness/app.ts'
import { createPopulatedShop, type PopulatedShop } from './tenancy/populate.ts'

/** Tables that belong to the installation, not to a shop. A new table is a shop's unless it is listed here. */
const PLATFORM_TABLES = [
  '_prisma_migrations',
  'bot_connection',
  'database_home',
  'dead_job_count',
  'failed_attempt',
  'merchant_change',
  'platform_key',
  'secret_key_check',
  'sweep_lease',
]
/** Policies besides `tenant` that a table may have, and what they let through. */
const EXTRA_POLICIES: Record<string, { cmd: string; expression: RegExp }> = {
  join_shop: { cmd: 'INSERT', expression: /^\(app_merchant_id\(\) IS NOT NULL\)$/ },
}
/** The column that names the merchant of a row; `merchant_id` when not listed. */
const OWNER_OF: Record<string, string> = {
  merchant: 'id',
  staff_user: '(SELECT m.merchant_id FROM membership m WHERE m.user_id = staff_user.id)',
}

let testApp: TestApp
let a: PopulatedShop
let b: PopulatedShop
let client: pg.Client

beforeAll(async () => {
  testApp = await openTestApp()
  a = await createPopulatedShop(testApp.app)
  b = await createPopulatedShop(testApp.app)
  client = new pg.Client({ connectionString: testApp.app.database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await testApp[Symbol.asyncDispose]()
})

/** Runs a statement as the application does, for a shop or for none, and takes it back. */
async function inShop<Row extends pg.QueryResultRow>(
  merchantId: string,
  text: string,
  values: unknown[] = [],
): Promise<pg.QueryResult<Row>> {
  await client.query('BEGIN')
  try {
    await client.query(`SELECT set_config('app.merchant_id', $1, true)`, [merchantId])
    return await client.query<Row>(text, values)
  } finally {
    await client.query('ROLLBACK')
  }
}
const codeOf = (promise: Promise<unknown>): Promise<string | undefined> =>
  promise.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  )
const quoted = (table: string): string => pg.escapeIdentifier(table)
const ownerOf = (table: string): string => OWNER_OF[table] ?? 'merchant_id'

/** Runs a statement in the migrated template, before this file has a database. */
async function inTemplate<Row extends pg.QueryResultRow>(text: string): Promise<pg.QueryResult<Row>> {
  const admin = new pg.Client({ connectionString: inject('databaseUrl').replace(/\/[^/]+$/, `/${inject('template')}`) })
  await admin.connect()
  try {
    return await admin.query<Row>(text)
  } finally {
    await admin.end()
  }
}

const { rows: tables } = await inTemplate<{ name: string; kind: string; enabled: boolean; forced: boolean }>(
  `SELECT relname AS name, relkind AS kind, relrowsecurity AS enabled, relforcerowsecurity AS forced FROM pg_class
   WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY relname`,
)
const tenantTables = tables.filter(({ name }) => !PLATFORM_TABLES.includes(name)).map(({ name }) => name)

test('there are only plain tables, and the platform’s own are the few named here', () => {
  expect(tables.filter(({ kind }) => kind !== 'r')).toEqual([])
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(PLATFORM_TABLES))
  expect(tenantTables.length).toBeGreaterThan(20)
})

describe.each(tenantTables)('table %s', (name) => {
  const table = quoted(name)
  const owner = ownerOf(name)

  test('has row-level security, also for its owner, by one tenant policy', async () => {
    expect(tables.find((one) => one.name === name)).toMatchObject({ enabled: true, forced: true })
    const { rows } = await client.query<{
      policyname: string
      cmd: string
      qual: string | null
      with_check: string | null
    }>(`SELECT policyname, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public' AND tablename = $1`, [
      name,
    ])
    const tenant = rows.filter(({ policyname }) => policyname === 'tenant')
    expect(tenant).toEqual([
      expect.objectContaining({ cmd: 'ALL', qual: expect.stringContaining('app_merchant_id()') }),
    ])
    for (const policy of rows.filter(({ policyname }) => policyname !== 'tenant')) {
      const allowed = EXTRA_POLICIES[policy.policyname]
      expect(allowed, `policy ${policy.policyname} of ${name} is not known to this test`).toBeDefined()
      expect(policy.cmd).toBe(allowed?.cmd)
      expect(policy.qual ?? policy.with_check).toMatch(allowed?.expression ?? /never/)
    }
  })

  test('shows a shop its own rows and no others, and nobody-in-particular none', async () => {
    const own = await inShop(a.merchantId, `SELECT ${owner} AS owner FROM ${table}`)
    expect(own.rowCount, `populate.ts leaves ${name} empty: make a row`).toBeGreaterThan(0)
    expect(new Set(own.rows.map((row) => row.owner))).toEqual(new Set([a.merchantId]))
    expect((await inShop('', `SELECT 1 FROM ${table}`)).rowCount).toBe(0)
    expect((await inShop(randomUUID(), `SELECT 1 FROM ${table}`)).rowCount).toBe(0)
  })

  test('lets no other shop, and nobody, change or delete a row', async () => {
    const before = (await inShop(a.merchantId, `SELECT count(*) AS n FROM ${table}`)).rows
    const { rows: columns } = await client.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum LIMIT 1`,
      [table],
    )
    const column = quoted(columns[0]?.name ?? '')
    const rowsOfA = (await inShop<{ ctid: string }>(a.merchantId, `SELECT ctid::text FROM ${table}`)).rows.map(
      (row) => row.ctid,
    )
    for (const shop of [b.merchantId, '']) {
      expect(
        (await inShop(shop, `UPDATE ${table} SET ${column} = ${column} WHERE ctid = ANY($1::tid[])`, [rowsOfA]))
          .rowCount,
      ).toBe(0)
      expect((await inShop(shop, `DELETE FROM ${table} WHERE ctid = ANY($1::tid[])`, [rowsOfA])).rowCount).toBe(0)
    }
    expect((await inShop('', `UPDATE ${table} SET ${column} = ${column}`)).rowCount).toBe(0)
    expect((await inShop(a.merchantId, `SELECT count(*) AS n FROM ${table}`)).rows).toEqual(before)
  })

  test('takes no row for a shop from another, or from nobody', async () => {
    const [row] = (
      await inShop<{ row: object }>(a.merchantId, `SELECT to_jsonb(${table}.*) AS row FROM ${table} LIMIT 1`)
    ).rows
    const insert = `INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $1)`
    expect(await codeOf(inShop('', insert, [row?.row]))).toBe('42501')
    // A person may be added by any shop that has one; they stay invisible without a membership.
    expect(await codeOf(inShop(b.merchantId, insert, [row?.row]))).toBe(name === 'staff_user' ? '23505' : '42501')
    if (name === 'staff_user') return
    expect(await codeOf(inShop(b.merchantId, `UPDATE ${table} SET ${quoted(owner)} = $1`, [a.merchantId]))).toBe(
      '42501',
    )
  })
})

test('a person added by a shop is visible to nobody until they belong to a shop', async () => {
  await client.query('BEGIN')
  await client.query(`SELECT set_config('app.merchant_id', $1, true)`, [b.merchantId])
  await client.query(
    `INSERT INTO staff_user (id, email, name, password_hash) VALUES ($1, 'new@shop.example', 'New', 'x')`,
    [randomUUID()],
  )
  expect((await client.query(`SELECT 1 FROM staff_user WHERE email = 'new@shop.example'`)).rowCount).toBe(0)
  await client.query('ROLLBACK')
})

/** Functions that policies and indexes call; they read no table. */
const APP_FUNCTIONS = ['app_grams', 'app_grams_of_search', 'app_merchant_id', 'app_search']

/** What lookups find rows by, besides ids, hashes, statuses and times. */
const LOOKUP_TEXTS = [
  'payment.provider',
  'payment.provider_ref',
  'staff_user.email',
  'whatsapp_number.phone_number_id',
  'whatsapp_number.waba_id',
]

describe('tables of lookups', async () => {
  const { rows: parents } = await inTemplate<{ name: string; forced: boolean; columns: string[]; texts: string[] }>(
    `SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS forced,
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
       ARRAY(SELECT relname || '.' || attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
         AND atttypid = ANY('{text,varchar,json,jsonb}'::regtype[])) AS texts
     FROM pg_class c WHERE relnamespace = 'lookup'::regnamespace AND relkind <> 'i' ORDER BY relname`,
  )

  test('hold what lookups need and no more', () => {
    expect(parents.length).toBeGreaterThan(10)
    expect(parents.flatMap(({ texts }) => texts).toSorted()).toEqual(LOOKUP_TEXTS)
  })

  test.each(parents)(
    'lookup.$name shows nothing and takes nothing outside a lookup',
    async ({ name, forced, columns }) => {
      const table = `lookup.${quoted(name)}`
      const { rows: policies } = await client.query(
        `SELECT policyname, permissive, cmd, qual FROM pg_policies WHERE schemaname = 'lookup' AND tablename = $1`,
        [name],
      )
      expect({ forced, policies }).toEqual({
        forced: true,
        policies: [
          {
            policyname: 'lookup',
            permissive: 'PERMISSIVE',
            cmd: 'SELECT',
            qual: `(current_setting('app.lookup'::text, true) = 'on'::text)`,
          },
        ],
      })
      const { rows: children } = await client.query(
        'SELECT inhrelid::regclass::text AS child FROM pg_inherits WHERE inhparent = $1::regclass',
        [table],
      )
      expect(children).toEqual([{ child: name }])
      for (const shop of [a.merchantId, '']) {
        expect((await inShop(shop, `SELECT 1 FROM ${table}`)).rowCount).toBe(0)
        expect((await inShop(shop, `DELETE FROM ${table}`)).rowCount).toBe(0)
        expect((await inShop(shop, `UPDATE ${table} SET ${columns[0]} = NULL`)).rowCount).toBe(0)
        expect(await codeOf(inShop(shop, `INSERT INTO ${table} DEFAULT VALUES`))).toBe('42501')
      }
    },
  )

  test.each(parents)('a lookup under way opens lookup.$name only, for reading', async ({ name, columns }) => {
    const all = `lookup.${quoted(name)}`
    const open = async (text: string) => {
      await client.query('BEGIN')
      try {
        await client.query(`SELECT set_config('app.merchant_id', $1, true), set_config('app.lookup', 'on', true)`, [
          a.merchantId,
        ])
        return await client.query<{ owner: string }>(text)
      } finally {
        await client.query('ROLLBACK')
      }
    }
    const owners = ({ rows }: { rows: { owner: string }[] }) => new Set(rows.map(({ owner }) => owner))
    expect(owners(await open(`SELECT ${ownerOf(name)} AS owner FROM ${quoted(name)}`))).toEqual(new Set([a.merchantId]))
    if (columns.includes('merchant_id'))
      expect(owners(await open(`SELECT merchant_id AS owner FROM ${all}`)).size).toBeGreaterThan(1)
    expect((await open(`DELETE FROM ${all}`)).rowCount).toBe(0)
  })
})

describe('a search', () => {
  const find = (shop: string, words: string) =>
    inShop<{ id: string }>(shop, 'SELECT customer_id AS id FROM search_customers($1, $2, 100)', [
      words,
      /^\d+$/.test(words) ? words : null,
    ])

  test('finds customers of its own shop and no others', async () => {
    for (const words of ['Ana', 'na', '1555', 'Ben']) {
      const { rows } = await find(a.merchantId, words)
      expect(rows.length, words).toBeGreaterThan(0)
      const owners = await inShop(a.merchantId, 'SELECT id FROM customer WHERE id = ANY($1)', [
        rows.map(({ id }) => id),
      ])
      expect(owners.rowCount, words).toBe(rows.length)
      expect((await find('', words)).rowCount).toBe(0)
      expect((await find(randomUUID(), words)).rowCount).toBe(0)
    }
  })

  test('has tables that show a shop only its own rows, and nothing without a search', async () => {
    const { rows: policies } = await client.query(
      `SELECT tablename, policyname, cmd, qual LIKE '(((merchant_id = app_merchant_id()) IS TRUE) AND %' AS tenant
       FROM pg_policies WHERE schemaname = 'search' ORDER BY 1`,
    )
    const policy = { policyname: 'search', cmd: 'SELECT', tenant: true }
    expect(policies).toEqual([
      { tablename: 'customer', ...policy },
      { tablename: 'customer_identity', ...policy },
    ])
    const { rows: tables } = await client.query(
      `SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS forced FROM pg_class
       WHERE relnamespace = 'search'::regnamespace ORDER BY 1`,
    )
    expect(tables).toEqual([
      { name: 'customer', forced: true },
      { name: 'customer_identity', forced: true },
    ])
    for (const table of ['search.customer', 'search.customer_identity']) {
      expect((await inShop(a.merchantId, `SELECT 1 FROM ${table}`)).rowCount).toBe(0)
      expect((await inShop(a.merchantId, `DELETE FROM ${table}`)).rowCount).toBe(0)
      expect(await codeOf(inShop(a.merchantId, `INSERT INTO ${table} (merchant_id) VALUES ($1)`, [a.merchantId]))).toBe(
        '42501',
      )
      const open = `SELECT merchant_id FROM ${table}, set_config('app.search', '{}', true)`
      for (const { merchant_id: owner } of (await inShop(a.merchantId, open)).rows) expect(owner).toBe(a.merchantId)
    }
  })
})

describe('look-ups across shops', () => {
  const ARGUMENTS: Record<string, string> = {
    text: `'x'`,
    bytea: String.raw`'\x00'`,
    boolean: 'true',
    integer: '10',
    interval: `'0 s'`,
  }
  type Lookup = {
    name: string
    arguments: string[]
    modes: string[] | null
    types: string[]
    definer: boolean
    settings: string[] | null
  }
  const lookups = async (): Promise<Lookup[]> =>
    (
      await client.query<Lookup>(`
        SELECT proname AS name, prosecdef AS definer, proargmodes::text[] AS modes, proconfig AS settings,
          ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes) t) AS arguments,
          ARRAY(SELECT format_type(t, NULL) FROM unnest(coalesce(proallargtypes, proargtypes::oid[])) t) AS types
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype ORDER BY proname`)
    ).rows.filter(({ name }) => !APP_FUNCTIONS.includes(name))
  const call = ({ name, arguments: types }: Lookup): string =>
    `SELECT * FROM ${name}(${types.map((type) => ARGUMENTS[type] ?? `NULL::${type}`).join(', ')})`

  test('are the only functions there are, run with the caller’s rights, and answer ids only', async () => {
    const all = await lookups()
    expect(all.length).toBeGreaterThan(5)
    for (const { name, modes, types, definer } of all) {
      expect(name).toMatch(/^lookup_|^search_customers$/)
      expect(definer).toBe(false)
      const answered = types.filter((_type, index) => modes?.[index] === 't')
      expect(answered.length, name).toBeGreaterThan(0)
      expect(new Set(answered), name).toEqual(new Set(['uuid']))
    }
  })

  // A function that a migration replaces loses its settings.
  test('are planned once a connection', async () => {
    for (const { name, settings } of await lookups())
      if (name.startsWith('lookup_')) expect(settings, name).toEqual(['plan_cache_mode=force_generic_plan'])
  })

  test('read only tables of lookups', async () => {
    const { rows } = await client.query<{ name: string; source: string }>(
      `SELECT proname AS name, prosrc AS source FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'lookup%'`,
    )
    for (const { name, source } of rows) {
      const named = [...source.matchAll(/\bWITH RECURSIVE ([a-z_]+) AS/g)].map(([, query = '']) => query)
      const read = [...source.matchAll(/\b(?:FROM|JOIN) ([a-z_."]+)/g)]
        .map(([, table = '']) => table)
        .filter((table) => !named.includes(table))
      expect(read.length, name).toBeGreaterThan(0)
      for (const table of read) expect(table, name).toMatch(/^lookup\./)
    }
    const { rows: own } = await client.query<{ source: string }>(
      `SELECT prosrc AS source FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname = ANY($1)`,
      [APP_FUNCTIONS],
    )
    expect(own).toHaveLength(APP_FUNCTIONS.length)
    for (const { source } of own)
      for (const [, table = ''] of source.matchAll(/\b(?:FROM|JOIN(?: LATERAL)?) (\w+)/g))
        expect(table).toMatch(/^(generate_series|least)$/)
  })

  test('see across shops', async () => {
    const merchants = (await inShop<{ merchant_id: string }>('', 'SELECT * FROM lookup_merchants()')).rows.map(
      (row) => row.merchant_id,
    )
    expect(merchants).toEqual(expect.arrayContaining([a.merchantId, b.merchantId]))
    expect((await inShop('', 'SELECT * FROM lookup_phone_number($1)', [a.phoneNumberId])).rows).toEqual([
      { merchant_id: a.merchantId },
    ])
  })

  test('leave no door open behind them, in the same transaction and after it', async () => {
    for (const lookup of await lookups()) {
      await client.query('BEGIN')
      await client.query(call(lookup))
      const { rows } = await client.query<{ open: string | null }>(
        `SELECT nullif(concat(current_setting('app.lookup', true), current_setting('app.search', true)), '') AS open`,
      )
      expect(rows, lookup.name).toEqual([{ open: null }])
      expect((await client.query('SELECT 1 FROM merchant')).rowCount, lookup.name).toBe(0)
      await client.query('COMMIT')
      expect((await client.query('SELECT 1 FROM merchant')).rowCount, lookup.name).toBe(0)
    }
  })

  test('leave no door open when they fail', async () => {
    await client.query('BEGIN')
    await client.query('SAVEPOINT before')
    await expect(client.query('SELECT * FROM lookup_claimable_lanes(-1)')).rejects.toThrow('LIMIT must not be negative')
    await client.query('ROLLBACK TO SAVEPOINT before')
    expect((await client.query('SELECT 1 FROM bot_turn')).rowCount).toBe(0)
    await client.query(`DO $$ BEGIN PERFORM * FROM lookup_claimable_lanes(-1); EXCEPTION WHEN OTHERS THEN NULL; END $$`)
    expect((await client.query('SELECT 1 FROM bot_turn')).rowCount).toBe(0)
    await client.query('COMMIT')
    await expect(client.query('SELECT * FROM lookup_claimable_lanes(-1)')).rejects.toThrow()
    expect((await client.query('SELECT 1 FROM bot_turn')).rowCount).toBe(0)
  })
})

describe('a role that row-level security does not bind', () => {
  async function assertRoleOf(url: string): Promise<void> {
    await using client = await openConnection(url)
    await assertRoleIsBound(client)
  }

  test('is refused when it is a superuser', async () => {
    await expect(assertRoleOf(inject('adminUrl'))).rejects.toThrow(/superuser or has BYPASSRLS.*CREATE ROLE storeline/s)
  })

  test('is refused when it has BYPASSRLS', async () => {
    const name = `free_${randomUUID().replaceAll('-', '')}`
    const admin = new pg.Client({ connectionString: inject('adminUrl') })
    await admin.connect()
    try {
      await admin.query(`CREATE ROLE ${name} LOGIN BYPASSRLS PASSWORD 'for-the-test'`)
      const url = new URL(inject('adminUrl'))
      url.username = name
      url.password = 'for-the-test'
      await expect(assertRoleOf(url.href)).rejects.toThrow(`"${name}" is a superuser or has BYPASSRLS`)
      await admin.query(`ALTER ROLE ${name} NOBYPASSRLS`)
      await expect(assertRoleOf(url.href)).resolves.toBeUndefined()
    } finally {
      await admin.query(`DROP ROLE IF EXISTS ${name}`)
      await admin.end()
    }
  })

  test('the application’s own is accepted', async () => {
    await expect(assertRoleOf(testApp.app.database.url)).resolves.toBeUndefined()
  })
})
