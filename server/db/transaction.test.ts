import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { createTestShop, type TestShop } from '../../test/harness/shop.ts'
import { tenantDb } from '../../test/harness/tenant-db.ts'
import type { AppContext } from '../context.ts'
import { merchantTransaction } from './merchant-query.ts'
import { TenantPool, transactionStore } from './tenant-pool.ts'
import { inTransaction } from './transaction.ts'
import { withTenant, type UnitOfWork } from '../unit-of-work/unit-of-work.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shop = await createTestShop(app)
})
afterAll(() => testApp[Symbol.asyncDispose]())

const names = async () => (await tenantDb(app.database, shop.merchantId).category.findMany()).map(({ name }) => name)
const addByModel = ({ tx, merchantId }: UnitOfWork, name: string) => tx.category.create({ data: { merchantId, name } })
const addByStatement = ({ write, merchantId }: UnitOfWork, name: string) =>
  write`INSERT INTO category (id, merchant_id, name) VALUES (gen_random_uuid(), ${merchantId}::uuid, ${name})`
const work = <T>(run: (unit: UnitOfWork) => T | Promise<T>) => withTenant(app, shop.owner, run)

describe('a transaction', () => {
  test('commits statements that nobody awaited, in their order', async () => {
    await work((unit) => {
      addByStatement(unit, 'first')
      unit.write`UPDATE category SET name = 'second' WHERE name = 'first'`
    })
    expect(await names()).toEqual(['second'])
  })

  test('rolls everything back when a statement fails that nobody awaited, and throws its error', async () => {
    const before = await names()
    const failing = work(async (unit) => {
      addByStatement(unit, 'lost')
      unit.write`SELECT 1 / 0`
      // It is refused because of the statement before it, whose error is the reason.
      await unit.tx.$queryRaw`SELECT 1`
    })
    await expect(failing).rejects.toMatchObject({ code: '22012' })
    const last = work((unit) => {
      addByStatement(unit, 'lost')
      unit.write`SELECT 1 / 0`
    })
    await expect(last).rejects.toMatchObject({ code: '22012' })
    expect(await names()).toEqual(before)
  })

  test('commits statements and models together, and each sees the rows of the other', async () => {
    await work(async (unit) => {
      addByStatement(unit, 'by statement')
      expect(await unit.tx.category.count({ where: { name: 'by statement' } })).toBe(1)
      await addByModel(unit, 'by model')
      expect(await unit.tx.$queryRaw`SELECT name FROM category WHERE name = 'by model'`).toEqual([{ name: 'by model' }])
    })
    expect(await names()).toEqual(expect.arrayContaining(['by statement', 'by model']))
  })

  test.each([
    ['the work', (): void => void 0, 'it broke'],
    ['a statement', ({ write }: UnitOfWork): void => write`SELECT 1 / 0`, 'division by zero'],
  ])('rolls statements and models back together when %s fails', async (_name, fail, message) => {
    const before = await names()
    const failing = work(async (unit) => {
      addByStatement(unit, 'lost')
      await addByModel(unit, 'lost too')
      fail(unit)
      if (message === 'it broke') throw new Error(message)
    })
    await expect(failing).rejects.toThrow(message)
    expect(await names()).toEqual(before)
  })

  test('refuses statements, models, events and entries that come after its end', async () => {
    const { unit } = await work((open) => ({ unit: open }))
    await expect(unit.tx.$queryRaw`SELECT 1`).rejects.toThrow('after its transaction had ended')
    await expect(addByModel(unit, 'late')).rejects.toThrow('after the work of its transaction had ended')
    expect(() => addByStatement(unit, 'late')).toThrow('after its work had ended')
    expect(() => unit.audit({ action: 'late' })).toThrow('after its work had ended')
    expect(await names()).not.toContain('late')
  })

  test('that takes too long is rolled back at once, and nothing of it commits', async () => {
    const before = await names()
    const { pool } = app.database
    const insert = `INSERT INTO category (id, merchant_id, name) VALUES (gen_random_uuid(), $1::uuid, $2)`
    const failing = inTransaction(
      pool,
      shop.merchantId,
      async (transaction) => {
        await transaction.query(insert, [shop.merchantId, 'locked'])
        // It waits for the row of the first, which its rollback frees.
        await transactionStore.exit(() =>
          merchantTransaction(app, shop.merchantId, (next) => next.query(insert, [shop.merchantId, 'locked'])),
        )
        void transaction.query(insert, [shop.merchantId, 'never'])
      },
      100,
    )
    await expect(failing).rejects.toMatchObject({
      code: '57014',
      message: expect.stringContaining('longer than 100 ms'),
    })
    expect((await names()).toSorted()).toEqual([...before, 'locked'].toSorted())
  })

  test('that could not begin fails, although PostgreSQL accepts its COMMIT', async () => {
    const pool = new TenantPool({ connectionString: app.database.url, max: 1, strict: false, pooling: 'session' })
    try {
      // A pooler that nobody noticed hands out a session without the statement of the scope.
      await pool.query('DEALLOCATE tenant')
      const rename = (name: string) =>
        inTransaction(pool, shop.merchantId, (transaction) =>
          transaction.query('UPDATE category SET name = $1 WHERE name = $2', [name, 'second']),
        )
      await expect(rename('third')).rejects.toThrow('prepared statement "tenant" does not exist')
    } finally {
      await pool.end()
    }
  })

  test('refuses a value that is not serialised, and rolls back', async () => {
    const before = await names()
    const failing = work((unit) => {
      addByStatement(unit, 'lost')
      unit.write`SELECT ${{ circular: 'no' }}::jsonb`
    })
    await expect(failing).rejects.toThrow('Serialise it')
    expect(await names()).toEqual(before)
  })

  test('keeps few statements prepared, however many texts there are', async () => {
    const counts = await merchantTransaction(app, shop.merchantId, async (transaction) => {
      for (let n = 0; n < 600; n++) void transaction.query(`SELECT ${n} AS n`)
      return transaction.query<{ n: number }>('SELECT count(*)::int AS n FROM pg_prepared_statements')
    })
    expect(counts.rows[0]?.n).toBeLessThanOrEqual(510)
  })

  test('whose connection breaks fails with that, and the next one has another connection', async () => {
    const failing = work(async ({ tx, write }) => {
      const [backend] = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
      write`SELECT pg_terminate_backend(${backend?.pid})`
      await tx.$queryRaw`SELECT 1`
    })
    await expect(failing).rejects.toThrow(/terminat/)
    const one = await merchantTransaction(app, shop.merchantId, (next) =>
      next.query<{ one: number }>('SELECT 1 AS one'),
    )
    expect(one.rows).toEqual([{ one: 1 }])
  })
})
