import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emptyDatabase } from '../../test/harness/database.ts'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { startPgBouncer } from '../../test/harness/pgbouncer.ts'
import { createTestShop, type TestShop } from '../../test/harness/shop.ts'
import { tenantDb } from '../../test/harness/tenant-db.ts'
import type { AppContext } from '../context.ts'
import { openDatabase, type Database } from './client.ts'
import { assertDirectAddress, detectPooling } from './pooling.ts'
import { queryMerchant, merchantTransaction } from './merchant-query.ts'
import { withTenant } from '../unit-of-work/unit-of-work.ts'
import { lookUpMerchants } from '../features/merchants/lookups.ts'

let testApp: TestApp
let url: string
let shops: [TestShop, TestShop]
beforeAll(async () => {
  testApp = await openTestApp()
  url = testApp.app.database.url
  shops = await Promise.all([createTestShop(testApp.app), createTestShop(testApp.app)])
})
afterAll(() => testApp[Symbol.asyncDispose]())

/** The shops whose rows a query of the shop saw, or the error. */
async function seenBy(database: Database, { merchantId }: TestShop): Promise<string> {
  try {
    const rows = await queryMerchant<{ id: string }>({ database }, merchantId, 'SELECT id FROM merchant')
    return rows.length === 1 && rows[0]?.id === merchantId ? 'own' : `other: ${JSON.stringify(rows)}`
  } catch (error) {
    return (error as Error).message
  }
}
const shopOf = (index: number): TestShop => shops[index % 2] as TestShop
const AT_ONCE = 24
/** Does it `count` times, some of them at once, and answers in order. */
async function times<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const outcomes: T[] = []
  let next = 0
  const one = async () => {
    for (let index = next++; index < count; index = next++) outcomes[index] = await work(index)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return outcomes
}
/** Answers of both shops, asked for at the same time, without repetition. */
const answersOf = async (database: Database): Promise<string[]> => [
  ...new Set(await times(600, (index) => seenBy(database, shopOf(index)))),
]

describe('a pooler that lends connections for one transaction', () => {
  let database: Database
  let app: AppContext
  const closing: AsyncDisposable[] = []
  beforeAll(async () => {
    const bouncer = await startPgBouncer(url)
    closing.push(bouncer)
    database = openDatabase(bouncer.url, { poolSize: 8, pooling: 'transaction' })
    closing.push(database)
    app = { ...testApp.app, database }
  })
  afterAll(async () => {
    for (const resource of closing.toReversed()) await resource[Symbol.asyncDispose]()
  })

  test('shows each shop its own rows, whoever had the connection before', async () => {
    expect(await answersOf(database)).toEqual(['own'])
  })

  test('shows nothing to a query that names no shop', async () => {
    const counts = await times(100, async (index) => {
      if (index % 2) await seenBy(database, shopOf(index >> 1))
      return (await database.pool.query('SELECT 1 FROM merchant')).rowCount
    })
    expect(new Set(counts)).toEqual(new Set([0]))
  })

  test('keeps to the shop in transactions of either kind, their failures, and single reads in between', async () => {
    const outcomes = await times(120, async (index) => {
      const shop = shopOf(index >> 2)
      const { merchantId } = shop
      const name = `pooled ${index}`
      if (index % 4 === 0) {
        const [row] = await merchantTransaction(app, merchantId, async (client) => {
          await client.query('SELECT pg_sleep(0.002)')
          return (await client.query<{ ids: string[] }>('SELECT array_agg(id) AS ids FROM merchant')).rows
        })
        return JSON.stringify(row?.ids) === JSON.stringify([merchantId])
      }
      if (index % 4 === 1) {
        const failing = withTenant(app, shop.owner, async ({ tx }) => {
          await tx.category.create({ data: { merchantId, name } })
          await tx.$queryRaw`SELECT 1 / 0`
        })
        return failing.then(
          () => false,
          () => true,
        )
      }
      if (index % 4 === 2) {
        await withTenant(app, shop.owner, ({ tx }) => tx.category.create({ data: { merchantId, name } }))
        return true
      }
      return (await seenBy(database, shop)) === 'own'
    })
    expect(outcomes.filter((fine) => !fine)).toEqual([])
    for (const { merchantId } of shops) {
      const names = (await tenantDb(database, merchantId).category.findMany()).map((one) => one.name)
      expect(names.filter((name) => name.startsWith('pooled ')).length).toBe(15)
    }
  })

  test('finds across shops by lookups, and those leave nothing open', async () => {
    const both = shops.map(({ merchantId }) => merchantId)
    await times(100, async (index) => {
      expect(await lookUpMerchants(app)).toEqual(expect.arrayContaining(both))
      expect(await seenBy(database, shopOf(index))).toBe('own')
    })
  })

  test('bounds statements, idle transactions and waits for locks, as a connection of one’s own has them', async () => {
    const text = `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle`
    const [pooled] = await queryMerchant({ database }, shops[0].merchantId, text)
    const [direct] = await queryMerchant({ database: testApp.app.database }, shops[0].merchantId, text)
    expect(pooled).toEqual(direct)
    expect(Object.values(pooled ?? {})).not.toContain('0')
  })
})

test('a pooler that nobody noticed makes statements fail, and shows no shop another’s rows', async () => {
  await using bouncer = await startPgBouncer(url)
  await using database = openDatabase(bouncer.url, { poolSize: 8, pooling: 'session' })
  for (const answer of await answersOf(database))
    expect(answer).toMatch(/^own$|prepared statement .* (already|does not)/)
})

describe('a connection', () => {
  test('that comes back inside a transaction serves nobody else', async () => {
    await using database = openDatabase(url, { poolSize: 1 })
    const held: { query?: (text: string) => Promise<unknown> } = {}
    const [a, b] = shops
    await merchantTransaction(
      { database },
      a.merchantId,
      async (client) => void (held.query = (text) => client.query(text)),
    )
    await expect(held.query?.('SELECT 1')).rejects.toThrow('ended')
    // The work ends, its transaction does not.
    const client = await database.pool.connect()
    await client.query('BEGIN')
    client.release()
    expect(await seenBy(database, b)).toMatch(/Connection terminated/)
    expect(await seenBy(database, b)).toBe('own')
  })
})

describe('the address of the database', () => {
  test.each([
    ['PostgreSQL itself', null, 'session'],
    ['a pooler by session', { mode: 'session' }, 'session'],
    ['a pooler by transaction', { mode: 'transaction' }, 'transaction'],
    ['one with a single connection', { mode: 'transaction', poolSize: 1 }, 'transaction'],
    [
      'one that takes turns',
      { mode: 'transaction', poolSize: 2, settings: { server_round_robin: '1' } },
      'transaction',
    ],
  ] as const)('%s is known for what it is', async (_name, options, pooling) => {
    if (!options) return expect(await detectPooling(url)).toBe(pooling)
    await using bouncer = await startPgBouncer(url, options)
    expect(await detectPooling(bouncer.url)).toBe(pooling)
  })

  test('is refused where a pooler knows no transactions', async () => {
    await using bouncer = await startPgBouncer(url, { mode: 'statement' })
    await expect(detectPooling(bouncer.url)).rejects.toThrow('Let it pool by transaction or by session')
  })

  test('needs a direct one beside a pooler by transaction, of the same database', async () => {
    await using bouncer = await startPgBouncer(url)
    await using other = await emptyDatabase()
    await expect(assertDirectAddress(bouncer.url, null)).rejects.toThrow('Set DATABASE_DIRECT_URL')
    await expect(assertDirectAddress(bouncer.url, bouncer.url)).rejects.toThrow('in transaction mode too')
    await expect(assertDirectAddress(bouncer.url, other.url)).rejects.toThrow('lead to different databases')
    await expect(assertDirectAddress(bouncer.url, url)).resolves.toBeUndefined()
  })
})
