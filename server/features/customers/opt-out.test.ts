import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { botActor, createCustomer, execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { TenantActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { applyPreferences } from './opt-out.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let customerId: string

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  shop = await createTestShop(app)
  customerId = (await createCustomer(app, shop.merchantId)).customerId
})

const SET = `mutation ($input: SetOptOutInput!) { setOptOut(input: $input) {
  __typename ... on Customer { id optedOut } ... on Error { message } } }`
const set = async (optedOut: boolean, id = customerId, actor: TenantActor = shop.owner) =>
  (
    await execute<{ setOptOut: { __typename: string; optedOut?: boolean } }>(app, actor, SET, {
      input: { customerId: id, optedOut },
    })
  ).setOptOut
const db = () => tenantDb(app.database, shop.merchantId)
const audited = async () =>
  (await db().auditEntry.findMany({ where: { subjectId: customerId }, orderBy: { id: 'asc' } })).map(
    ({ action }) => action,
  )

test('a customer opts out of marketing, and in again', async () => {
  const read = 'query ($id: ID!) { customer(id: $id) { optedOut } }'
  expect(await execute(app, shop.owner, read, { id: customerId })).toEqual({ customer: { optedOut: false } })
  expect(await set(true)).toEqual({ __typename: 'Customer', id: customerId, optedOut: true })
  expect(await execute(app, shop.owner, read, { id: customerId })).toEqual({ customer: { optedOut: true } })
  expect(await set(false)).toMatchObject({ optedOut: false })
  expect(await audited()).toEqual(['customer.opt_out', 'customer.opt_in'])
})

test('a repeated opt-out changes nothing and keeps its first time', async () => {
  await set(true)
  const { optedOutAt } = await db().customer.findUniqueOrThrow({ where: { id: customerId } })
  expect(await set(true)).toMatchObject({ optedOut: true })
  expect((await db().customer.findUniqueOrThrow({ where: { id: customerId } })).optedOutAt).toEqual(optedOutAt)
  expect(await audited()).toEqual(['customer.opt_out'])
})

test('an opt-out is refused for customers of other shops, and by the bot for other customers', async () => {
  const other = await createTestShop(app)
  const bystander = await createCustomer(app, shop.merchantId)
  const bot = botActor(shop.merchantId, customerId)
  const refused = { __typename: 'NotFoundError', message: 'No customer with this id exists in your shop.' }
  expect(await set(true, customerId, other.owner)).toEqual(refused)
  expect(await set(true, bystander.customerId, bot)).toEqual(refused)
  expect(await set(true, 'nonsense')).toEqual(refused)
  expect(await set(true, crypto.randomUUID())).toEqual(refused)
  expect(await set(true, customerId, bot)).toMatchObject({ optedOut: true })
  expect(await db().customer.count({ where: { optedOutAt: { not: null } } })).toBe(1)
})

describe('a preference that WhatsApp reports', () => {
  const tell = (stopped: boolean, occurredAt: Date, from = { phone: '+15557770001' }) =>
    applyPreferences(app, [{ phoneNumberId: shop.phoneNumberId, from, stopped, occurredAt }])
  const optedOutAt = async () =>
    (await db().customer.findFirst({ where: { identities: { some: { value: '15557770001' } } } }))?.optedOutAt ?? null
  const [early, late] = [new Date('2026-11-23T10:00:00Z'), new Date('2026-11-23T11:00:00Z')]

  test('is stored, even for a number that never wrote', async () => {
    await tell(true, early)
    expect(await optedOutAt()).toEqual(early)
    await tell(false, late)
    expect(await optedOutAt()).toBeNull()
  })

  test('is stored once for repeated deliveries, and an older opt-in does not replace a later opt-out', async () => {
    await tell(true, late)
    await tell(true, late)
    await tell(false, early)
    expect(await optedOutAt()).toEqual(late)
    expect(await db().auditEntry.count({ where: { action: 'customer.opt_out' } })).toBe(1)
  })

  test('for a number of no shop is ignored', async () => {
    const preference = { phoneNumberId: '1', from: { phone: '+15557770001' }, stopped: true, occurredAt: early }
    await applyPreferences(app, [preference])
    expect(await optedOutAt()).toBeNull()
  })
})

test('viewers cannot change preferences', async () => {
  const viewer = await createStaff(app, shop.merchantId, { role: 'VIEWER' })
  await expect(set(true, customerId, viewer)).rejects.toThrow('customers:write')
})
