import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../../test/harness/shop.ts'
import { tenantDb } from '../../test/harness/tenant-db.ts'
import type { TenantActor } from '../auth/actor.ts'
import { merchantTransaction } from '../db/merchant-query.ts'
import { transactionStore } from '../db/tenant-pool.ts'
import { once } from './idempotency.ts'
import { withTenant } from './unit-of-work.ts'

let testApp: TestApp
let shop: TestShop
beforeAll(async () => {
  testApp = await openTestApp()
  shop = await createTestShop(testApp.app)
})
afterAll(() => testApp[Symbol.asyncDispose]())

/** Adds a category, which is the work here, and answers its id. */
const add = (
  options: { key?: string | null; operation?: string; input?: unknown; fail?: boolean },
  actor: TenantActor = shop.owner,
) =>
  withTenant(testApp.app, actor, (unit) =>
    once(
      unit,
      { key: options.key, operation: options.operation ?? 'add', input: options.input ?? { a: 1 } },
      async () => {
        const category = await unit.tx.category.create({ data: { merchantId: unit.merchantId, name: randomUUID() } })
        if (options.fail) throw new Error('it broke')
        return category.id
      },
    ),
  )
const count = () => tenantDb(testApp.app.database, shop.merchantId).category.count()
const added = async (work: () => Promise<unknown>): Promise<number> => {
  const before = await count()
  await work()
  return (await count()) - before
}

describe('work with a key', () => {
  test('is done once; a repeat gets the first outcome', async () => {
    const key = randomUUID()
    expect(await added(async () => expect(await add({ key })).toBe(await add({ key })))).toBe(1)
  })

  test('is done once when the same is asked for twenty times at once', async () => {
    const key = randomUUID()
    expect(
      await added(async () => {
        const ids = await Promise.all(Array.from({ length: 20 }, () => add({ key })))
        expect(new Set(ids).size).toBe(1)
      }),
    ).toBe(1)
  })

  test('does not mind in which order the input was written', async () => {
    const key = randomUUID()
    const first = await add({ key, input: { a: 1, b: { c: [1, 2], d: null } } })
    expect(await add({ key, input: { b: { d: null, c: [1, 2] }, a: 1 } })).toBe(first)
  })

  test.each<[string, { input?: unknown; operation?: string }]>([
    ['another input', { input: { a: 2 } }],
    ['a list in another order', { input: { a: [2, 1] } }],
    ['another operation', { operation: 'other' }],
  ])('is a conflict with %s', async (_name, other) => {
    const key = randomUUID()
    await add({ key, input: other.input ? { a: [1, 2] } : { a: 1 } })
    await expect(add({ key, ...other })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
  })

  test('that failed leaves no key behind: it may be tried again', async () => {
    const key = randomUUID()
    await expect(add({ key, fail: true })).rejects.toThrow('it broke')
    expect(await added(() => add({ key }))).toBe(1)
  })

  test('of which the first fails is done by the second, which waited for it', async () => {
    const key = randomUUID()
    expect(
      await added(async () => {
        const outcomes = await Promise.allSettled([add({ key, fail: true }), add({ key })])
        expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true)
      }),
    ).toBe(1)
  })

  test('is somebody else’s business for somebody else', async () => {
    const key = randomUUID()
    const agent = await createStaff(testApp.app, shop.merchantId, { role: 'AGENT' })
    const other = await createTestShop(testApp.app)
    const ids = [await add({ key }), await add({ key }, agent), await add({ key }, other.owner)]
    expect(new Set(ids).size).toBe(3)
  })

  test.each(['', 'x'.repeat(256)])('of a length nobody should use is refused', async (key) => {
    await expect(add({ key })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
})

test('a repeat waits for no lock of its work', async () => {
  const key = randomUUID()
  const { id } = await tenantDb(testApp.app.database, shop.merchantId).category.create({
    data: { merchantId: shop.merchantId, name: randomUUID() },
  })
  const rename = () =>
    withTenant(testApp.app, shop.owner, (unit) =>
      once(unit, { key, operation: 'rename', input: {} }, async () => {
        await unit.tx.$executeRaw`UPDATE category SET position = position + 1 WHERE id = ${id}::uuid`
        return 'renamed'
      }),
    )
  await rename()
  await merchantTransaction(testApp.app, shop.merchantId, async (transaction) => {
    await transaction.query('SELECT 1 FROM category WHERE id = $1 FOR UPDATE', [id])
    // A second transaction, of another caller.
    expect(await transactionStore.exit(rename)).toBe('renamed')
  })
})

test('work without a key is done every time', async () => {
  expect(await added(async () => [await add({}), await add({ key: null })])).toBe(2)
})
