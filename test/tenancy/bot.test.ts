import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseLease } from '../../server/auth/lease.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { tenantDb } from '../harness/tenant-db.ts'
import { documentOf, rootFields, withAt, type RootField } from './fields.ts'
import { idOf, MATRIX, type FieldRule, type ObjectKind } from './matrix.ts'
import { createPopulatedShop, type PopulatedShop } from './populate.ts'
import { lookUpMerchants } from '../../server/features/merchants/lookups.ts'

let storeline: TestStoreline
let shop: PopulatedShop
let idle: { authorization: string }

const BOT_KEY = 'the key with which bots of this test connect'.replaceAll(' ', '-')
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'], env: { BOT_API_KEY: BOT_KEY } })
  idle = { authorization: `Bearer ${BOT_KEY}` }
})
afterAll(() => storeline[Symbol.asyncDispose]())

beforeEach(async () => {
  // Ends the turns of earlier tests, so that the two turns of this shop are claimed next.
  for (const merchantId of await lookUpMerchants(storeline.app)) {
    await tenantDb(storeline.app.database, merchantId).botTurn.updateMany({ data: { status: 'SKIPPED' } })
  }
  shop = await createPopulatedShop(storeline.app)
})

type Turn = { id: string; lease: string; customer: { id: string } }
async function claim(): Promise<Turn> {
  const { claimTurn } = await storeline
    .graphql(idle)
    .run<{ claimTurn: Turn }>('mutation { claimTurn { id lease customer { id } } }')
  return claimTurn
}
const onTurn = (lease: string) => ({ ...idle, 'storeline-lease': lease })

const ruleOf = (field: RootField): FieldRule => MATRIX[field.name] as FieldRule
/** Arguments with the ids of the first or the second customer of the shop. */
function argsOf(field: RootField, customer: 0 | 1): Record<string, unknown> {
  const { args = {}, ids = {} } = ruleOf(field)
  return Object.entries(ids).reduce((value, [path, kind]) => withAt(value, path, idOf(shop, kind, customer)), args)
}
const call = (field: RootField, headers: Record<string, string>, args: Record<string, unknown>) =>
  storeline.graphql(headers).send(documentOf(field), args)
const fields = rootFields.filter(({ operation }) => operation !== 'subscription')
const CUSTOMER_KINDS: ObjectKind[] = ['customer', 'conversation', 'message', 'order']

describe('the bot between turns', () => {
  test('has access to no shop', async () => {
    for (const field of fields.filter((one) => !['open', 'bot'].includes(ruleOf(one).needs))) {
      const { errors } = await call(field, idle, argsOf(field, 0))
      expect(
        errors?.map((error) => error.extensions?.code),
        field.name,
      ).toEqual(['FORBIDDEN'])
    }
    expect((await storeline.graphql(idle).send('{ viewer { id } }')).data).toEqual({ viewer: null })
  })
})

describe('the bot on a turn', () => {
  test('has access to the fields that the matrix allows, and no others', async () => {
    const { lease } = await claim()
    for (const field of fields.filter((one) => !['open', 'bot'].includes(ruleOf(one).needs))) {
      const { errors } = await call(field, onTurn(lease), argsOf(field, 0))
      expect(
        errors?.map((error) => error.extensions?.code),
        field.name,
      ).toEqual(ruleOf(field).bot ? undefined : ['FORBIDDEN'])
    }
  })

  test('gets the answer of an unknown id for other customers of the shop, and cannot change their data', async () => {
    const { lease, customer } = await claim()
    const mine = shop.customers[0].customerId === customer.id ? 0 : 1
    const other = mine === 0 ? 1 : 0
    const db = tenantDb(storeline.app.database, shop.merchantId)
    const otherCustomersData = async () =>
      JSON.stringify([
        await db.order.findUnique({ where: { id: shop.customers[other].orderId }, select: { status: true } }),
        await db.cart.findFirst({
          where: { customerId: shop.customers[other].customerId },
          select: { lines: { select: { quantity: true } } },
        }),
      ])
    const before = await otherCustomersData()
    for (const field of fields.filter((one) => ruleOf(one).bot)) {
      for (const [path, kind] of Object.entries(ruleOf(field).ids ?? {})) {
        if (!CUSTOMER_KINDS.includes(kind)) continue
        const [ofOther, unknown] = [
          await call(field, onTurn(lease), withAt(argsOf(field, mine), path, idOf(shop, kind, other))),
          await call(field, onTurn(lease), withAt(argsOf(field, mine), path, randomUUID())),
        ]
        expect({ data: ofOther.data, errors: ofOther.errors }, `${field.name}(${path})`).toEqual({
          data: unknown.data,
          errors: unknown.errors,
        })
      }
    }
    expect(await otherCustomersData()).toBe(before)
    const { number } = await db.order.findUniqueOrThrow({
      where: { id: shop.customers[other].orderId },
      select: { number: true },
    })
    expect(
      (
        await storeline
          .graphql(onTurn(lease))
          .send('query ($number: Int!) { orderByNumber(number: $number) { id } }', { number })
      ).data,
    ).toEqual({ orderByNumber: null })
  })

  test('lists only the data of its own customer', async () => {
    const { lease, customer } = await claim()
    const mine = shop.customers.find(({ customerId }) => customerId === customer.id)
    const shown = await storeline
      .graphql(onTurn(lease))
      .run<Record<string, { totalCount: number; edges: { node: { id: string } }[] }>>(
        '{ customers { totalCount edges { node { id } } } orders { totalCount edges { node { id } } } conversations { totalCount edges { node { id } } } }',
      )
    const only = (id: string | undefined) => ({ totalCount: 1, edges: [{ node: { id } }] })
    expect(shown).toEqual({
      customers: only(mine?.customerId),
      orders: only(mine?.orderId),
      conversations: only(mine?.conversationId),
    })
  })
})

describe('a lease', () => {
  const merchant = (lease: string) => storeline.graphql(onTurn(lease)).send('{ merchant { id } }')
  const REFUSED = [expect.objectContaining({ extensions: expect.objectContaining({ code: 'FORBIDDEN' }) })]

  test('gives access to its own shop', async () => {
    const { lease } = await claim()
    expect((await merchant(lease)).data).toEqual({ merchant: { id: shop.merchantId } })
  })

  test('is refused when it has expired, belongs to another turn or shop, or is malformed', async () => {
    const [first, second] = [await claim(), await claim()]
    const { merchantId, turnId, token } = parseLease(first.lease) as NonNullable<ReturnType<typeof parseLease>>
    const wrong = [
      `${merchantId}.${second.id}.${token}`,
      `${storeline.shop.merchantId}.${turnId}.${token}`,
      `${merchantId}.${turnId}.${randomUUID()}`,
      `${first.lease}.more`.slice(1),
      'nonsense',
      '',
    ]
    for (const lease of wrong) expect((await merchant(lease)).errors, lease).toEqual(REFUSED)
    await tenantDb(storeline.app.database, merchantId).botTurn.update({
      where: { id: turnId },
      data: { leasedUntil: new Date(Date.now() - 1) },
    })
    expect((await merchant(first.lease)).errors).toEqual(REFUSED)
    expect((await merchant(second.lease)).errors).toBeUndefined()
  })

  test('is refused after the turn is answered, or a human has taken over', async () => {
    const [first, second] = [await claim(), await claim()]
    const done = await storeline
      .graphql(idle)
      .run(
        'mutation ($lease: String!) { completeTurn(input: { lease: $lease, state: {}, replies: [] }) { ... on CompletedTurn { status } } }',
        { lease: first.lease },
      )
    expect(done).toEqual({ completeTurn: { status: 'DONE' } })
    expect((await merchant(first.lease)).errors).toEqual(REFUSED)
    const conversation = shop.customers.find(({ customerId }) => customerId === second.customer.id)?.conversationId
    await storeline
      .graphql(shop.key)
      .run('mutation ($id: ID!) { takeOverConversation(input: { conversationId: $id }) { __typename } }', {
        id: conversation,
      })
    expect((await merchant(second.lease)).errors).toEqual(REFUSED)
  })

  test('gives an API key no access to the shop of the lease', async () => {
    const { lease } = await claim()
    const other = await createPopulatedShop(storeline.app)
    const { data } = await storeline.graphql({ ...other.key, 'storeline-lease': lease }).send('{ merchant { id } }')
    expect(data).toEqual({ merchant: { id: other.merchantId } })
  })
})
