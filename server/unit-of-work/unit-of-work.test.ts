import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { createTestShop, type TestShop } from '../../test/harness/shop.ts'
import { tenantDb } from '../../test/harness/tenant-db.ts'
import type { AppContext } from '../context.ts'
import { conversationHandoff } from '../features/conversations/events.ts'
import { TenantPool, tenantStore } from '../db/tenant-pool.ts'
import { withTenant } from './unit-of-work.ts'

let testApp: TestApp
let app: AppContext
let shops: TestShop[]
beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shops = await Promise.all(Array.from({ length: 5 }, () => createTestShop(app)))
})
afterAll(() => testApp[Symbol.asyncDispose]())
const [a, b] = [() => shops[0] as TestShop, () => shops[1] as TestShop]
const seen = (merchantId: string) =>
  tenantStore.run({ merchantId }, async () =>
    (await app.database.pool.query<{ id: string }>('SELECT id FROM merchant')).rows.map(({ id }) => id),
  )

describe('the pool', () => {
  test('never shows one request another’s shop, however they share its connections', async () => {
    const asked = Array.from({ length: 400 }, (_, i) => shops[(i * 7) % shops.length]?.merchantId ?? '')
    expect(await Promise.all(asked.map(seen))).toEqual(asked.map((id) => [id]))
  })

  test('shows nothing to a query that names no shop, also on a connection that served one', async () => {
    for (let i = 0; i < 20; i++) {
      await seen(a().merchantId)
      expect((await app.database.pool.query('SELECT 1 FROM merchant')).rowCount).toBe(0)
    }
  })

  test('keeps to the shop after errors and broken transactions', async () => {
    await tenantStore.run(a(), async () => {
      await expect(app.database.pool.query('SELECT nothing FROM nowhere')).rejects.toThrow('nowhere')
    })
    expect(await seen(b().merchantId)).toEqual([b().merchantId])
  })

  test('refuses what would lose track of the shop', () => {
    expect(() =>
      (app.database.pool.connect as (callback: unknown) => unknown).call(app.database.pool, () => {}),
    ).toThrow('promises only')
    expect(app.database.pool).toBeInstanceOf(TenantPool)
  })

  test('gives a transaction no second connection: when every transaction waits for one, nobody goes on', async () => {
    const inside = withTenant(app, a().owner, () => seen(a().merchantId))
    await expect(inside).rejects.toThrow('asked the pool for a second connection')
    expect(await seen(a().merchantId), 'what comes after is not meant').toEqual([a().merchantId])
  })

  test('takes no shop that is none', async () => {
    for (const merchantId of [`' OR true --`, 'null', '*']) await expect(seen(merchantId)).rejects.toThrow()
    expect(await seen('')).toEqual([])
  })
})

describe('a unit of work', () => {
  const handoff = (id: string) => conversationHandoff.draft(id, { conversationId: id, mode: 'HUMAN', reason: null })

  test('commits state, event and audit together, or none of them', async () => {
    const { merchantId, owner } = a()
    const state = async () => {
      const db = tenantDb(app.database, merchantId)
      return [await db.category.count(), (await app.log.bounds(merchantId)).last, await db.auditEntry.count()] as const
    }
    const work = (name: string, fail: boolean) =>
      withTenant(app, owner, async ({ tx, emit, audit }) => {
        await tx.category.create({ data: { merchantId, name } })
        emit(handoff(merchantId))
        audit({ action: 'test' })
        if (fail) throw new Error('it broke')
      })
    const before = await state()
    await expect(work('one', true)).rejects.toThrow('it broke')
    expect(await state()).toEqual(before)
    await work('two', false)
    expect(await state()).toEqual(before.map((n) => n + 1))
  })

  test('cannot reach another shop, nor write into it', async () => {
    await withTenant(app, a().owner, async ({ tx }) => {
      expect(await tx.merchant.count()).toBe(1)
      expect(await tx.membership.count({ where: { merchantId: b().merchantId } })).toBe(0)
    })
    await expect(
      withTenant(app, a().owner, ({ tx }) =>
        tx.category.create({ data: { merchantId: b().merchantId, name: 'theirs' } }),
      ),
    ).rejects.toThrow(/row-level security/)
  })

  test('is tried again after a deadlock', async () => {
    const { owner, merchantId } = a()
    const db = tenantDb(app.database, merchantId)
    const [one, two] = [
      await db.category.create({ data: { merchantId, name: 'dead' } }),
      await db.category.create({ data: { merchantId, name: 'lock' } }),
    ]
    let tries = 0
    let meet = () => {}
    const met = new Promise<void>((done) => (meet = done))
    let waiting = 0
    const lockBoth = (first: string, second: string) =>
      withTenant(app, owner, async ({ tx }) => {
        tries++
        await tx.category.update({ where: { id: first }, data: { position: { increment: 1 } } })
        if (++waiting >= 2) meet()
        await met
        await tx.category.update({ where: { id: second }, data: { position: { increment: 1 } } })
      })
    await Promise.all([lockBoth(one.id, two.id), lockBoth(two.id, one.id)])
    expect(tries).toBe(3)
    expect(
      (await db.category.findMany({ where: { id: { in: [one.id, two.id] } } })).map(({ position }) => position),
    ).toEqual([2, 2])
  })

  test('numbers events without a gap, however many commit at once', async () => {
    const { owner, merchantId } = b()
    const { last } = await app.log.bounds(merchantId)
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        withTenant(app, owner, async ({ emit }) => {
          emit(...Array.from({ length: 1 + (i % 3) }, () => handoff(merchantId)))
          if (i % 5 === 0) throw new Error('rolled back')
        }).catch(() => {}),
      ),
    )
    const sequences = (await app.log.after(merchantId, last, 1_000)).map(({ sequence }) => sequence)
    expect(sequences).toEqual(sequences.map((_, index) => last + 1 + index))
    expect(sequences.length).toBeGreaterThan(24)
  })
})
