import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { botActor, createCustomer, execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import { systemActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import { findOrCreateCustomer, type Profile } from './service.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  shop = await createTestShop(app)
})

const meet = (profile: Profile, merchantId = shop.merchantId) =>
  withTenant(app, systemActor(merchantId), (unit) => findOrCreateCustomer(unit, profile))
const db = () => tenantDb(app.database, shop.merchantId)
const identities = async () =>
  (await db().customerIdentity.findMany({ orderBy: { kind: 'asc' } })).map(({ kind, value }) => `${kind} ${value}`)

describe('the customer behind a message', () => {
  test('is created once and then found by any identity, with and without "+"', async () => {
    const first = await meet({ phone: '+15551112222', name: 'Test' })
    expect(await meet({ phone: '15551112222' })).toEqual({ id: first.id, language: null })
    expect(await identities()).toEqual(['PHONE 15551112222'])
  })

  test('is updated: new identities are added, a new name replaces the old one, a missing name keeps it', async () => {
    const { id } = await meet({ phone: '15551112222', name: 'Old' })
    await db().customer.update({ where: { id }, data: { language: 'es' } })
    expect(
      await meet({ phone: '15551112222', bsuid: 'US.1', parentBsuid: 'P.1', name: 'New', username: 'tester' }),
    ).toEqual({ id, language: 'es' })
    expect((await meet({ bsuid: 'US.1' })).id).toBe(id)
    expect((await meet({ parentBsuid: 'P.1' })).id).toBe(id)
    expect(await db().customer.findUniqueOrThrow({ where: { id } })).toMatchObject({ name: 'New', username: 'tester' })
    expect(await identities()).toEqual(['PHONE 15551112222', 'BSUID US.1', 'PARENT_BSUID P.1'])
  })

  test('is a new customer when a known number has another user id; the number moves to them', async () => {
    const before = await meet({ phone: '15551112222', bsuid: 'US.1' })
    const after = await meet({ phone: '15551112222', bsuid: 'US.2' })
    expect(after.id).not.toBe(before.id)
    expect((await meet({ phone: '15551112222', bsuid: 'US.2' })).id).toBe(after.id)
    expect((await meet({ phone: '15551112222' })).id).toBe(after.id)
    expect((await meet({ bsuid: 'US.1' })).id).toBe(before.id)
  })

  test('keeps a number that first arrived without a user id', async () => {
    const byNumber = await meet({ phone: '15551112222' })
    const byUserId = await meet({ bsuid: 'US.1' })
    expect((await meet({ phone: '15551112222', bsuid: 'US.1' })).id).toBe(byUserId.id)
    expect((await meet({ phone: '15551112222' })).id).toBe(byNumber.id)
  })

  test('is one for concurrent first messages with different identities', async () => {
    const profiles: Profile[] = Array.from({ length: 8 }, (_, n) =>
      n % 2 ? { phone: '15551112222' } : { phone: '15551112222', bsuid: 'US.1' },
    )
    const found = await Promise.all(profiles.map((profile) => meet(profile)))
    expect(new Set(found.map((customer) => customer.id)).size).toBe(1)
    expect(await db().customer.count()).toBe(1)
    expect(await identities()).toEqual(['PHONE 15551112222', 'BSUID US.1'])
  })

  test('is separate in each shop, and refused without an identity', async () => {
    const other = await createTestShop(app)
    const here = await meet({ phone: '15551112222' })
    expect((await meet({ phone: '15551112222' }, other.merchantId)).id).not.toBe(here.id)
    await expect(meet({ name: 'Nobody' })).rejects.toThrow('phone number or a user id')
  })
})

describe('customers in the API', () => {
  const LIST = `query ($search: String, $first: Int, $after: String) { customers(first: $first, after: $after, filter: { search: $search }) {
    totalCount edges { node { id name phone } } pageInfo { endCursor hasNextPage } } }`
  type List = {
    customers: {
      totalCount: number
      edges: { node: { id: string; name: string; phone: string | null } }[]
      pageInfo: { endCursor: string; hasNextPage: boolean }
    }
  }

  test('are found by name, user name and phone, newest first, page by page', async () => {
    for (const n of [1, 2, 3])
      await createCustomer(app, shop.merchantId, { name: `Test ${n}`, phone: `+1555000111${n}` })
    await meet({ bsuid: 'US.9', username: 'night_owl', name: 'Owl' })
    const find = async (search: string) =>
      (await execute<List>(app, shop.owner, LIST, { search })).customers.edges.map((edge) => edge.node.name)
    expect(await find('test')).toEqual(['Test 3', 'Test 2', 'Test 1'])
    expect(await find('0001112')).toEqual(['Test 2'])
    expect(await find('+1 (555) 000-1113')).toEqual(['Test 3'])
    expect(await find('night_')).toEqual(['Owl'])
    expect(await find('%')).toEqual([])
    const { customers: first } = await execute<List>(app, shop.owner, LIST, { first: 2 })
    const { customers: second } = await execute<List>(app, shop.owner, LIST, {
      first: 2,
      after: first.pageInfo.endCursor,
    })
    expect([...first.edges, ...second.edges].map((edge) => edge.node.name)).toEqual([
      'Owl',
      'Test 3',
      'Test 2',
      'Test 1',
    ])
    expect([first.totalCount, first.edges[0]?.node.phone, second.pageInfo.hasNextPage]).toEqual([4, null, false])
  })

  test('are null when unknown, of another shop, or not the customer of the bot’s turn', async () => {
    const mine = await createCustomer(app, shop.merchantId)
    const other = await createTestShop(app)
    const bystander = await createCustomer(app, shop.merchantId)
    const document = 'query ($id: ID!) { customer(id: $id) { id } customers { totalCount } }'
    const id = mine.customerId
    expect(await execute(app, shop.owner, document, { id })).toEqual({ customer: { id }, customers: { totalCount: 2 } })
    expect(await execute(app, shop.owner, document, { id: 'nonsense' })).toMatchObject({ customer: null })
    expect(await execute(app, other.owner, document, { id })).toEqual({ customer: null, customers: { totalCount: 0 } })
    expect(await execute(app, botActor(shop.merchantId, bystander.customerId), document, { id })).toEqual({
      customer: null,
      customers: { totalCount: 1 },
    })
  })
})
