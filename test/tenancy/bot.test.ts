import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseLease } from '../../server/auth/lease.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { tenantDb } from '../harness/tenant-db.ts'
import { documentOf, rootFields, withAt, type RootField } from './fields.ts'
import { idOf, MATRIX, type Classified, type Thing } from './matrix.ts'
import { createLivelyShop, type LivelyShop } from './populate.ts'
import { lookUpMerchants } from '../../server/features/merchants/lookups.ts'

let storeline: TestStoreline
let shop: LivelyShop
let idle: { authorization: string }

const BOT_KEY = 'the key with which bots of this test connect'.replaceAll(' ', '-')
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'], env: { BOT_API_KEY: BOT_KEY } })
  idle = { authorization: `Bearer ${BOT_KEY}` }
})
afterAll(() => storeline[Symbol.asyncDispose]())

beforeEach(async () => {
  // Turns of earlier tests are over; this shop's two are the ones to claim.
  for (const merchantId of await lookUpMerchants(storeline.app)) {
    await tenantDb(storeline.app.database, merchantId).botTurn.updateMany({ data: { status: 'SKIPPED' } })
  }
  shop = await createLivelyShop(storeline.app)
})

type Turn = { id: string; lease: string; customer: { id: string } }
async function claim(): Promise<Turn> {
  const { claimTurn } = await storeline
    .graphql(idle)
    .run<{ claimTurn: Turn }>('mutation { claimTurn { id lease customer { id } } }')
  return claimTurn
}
const onTurn = (lease: string) => ({ ...idle, 'storeline-lease': lease })

const classified = (field: RootField): Classified => MATRIX[field.name] as Classified
/** Arguments about the first or the second customer of the shop. */
function argsAbout(field: RootField, customer: 0 | 1): Record<string, unknown> {
  const { args = {}, ids = {} } = classified(field)
  return Object.entries(ids).reduce((value, [path, thing]) => withAt(value, path, idOf(shop, thing, customer)), args)
}
const call = (field: RootField, headers: Record<string, string>, args: Record<string, unknown>) =>
  storeline.graphql(headers).send(documentOf(field), args)
const fields = rootFields.filter(({ operation }) => operation !== 'subscription')
const PERSONAL: Thing[] = ['customer', 'conversation', 'message', 'order']

describe('the bot between turns', () => {
  test('sees no shop', async () => {
    for (const field of fields.filter((one) => !['open', 'bot'].includes(classified(one).needs))) {
      const { errors } = await call(field, idle, argsAbout(field, 0))
      expect(
        errors?.map((error) => error.extensions?.code),
        field.name,
      ).toEqual(['FORBIDDEN'])
    }
    expect((await storeline.graphql(idle).send('{ viewer { id } }')).data).toEqual({ viewer: null })
  })
})

describe('the bot on a turn', () => {
  test('may do what the matrix says, and nothing else', async () => {
    const { lease } = await claim()
    for (const field of fields.filter((one) => !['open', 'bot'].includes(classified(one).needs))) {
      const { errors } = await call(field, onTurn(lease), argsAbout(field, 0))
      expect(
        errors?.map((error) => error.extensions?.code),
        field.name,
      ).toEqual(classified(field).bot ? undefined : ['FORBIDDEN'])
    }
  })

  test('finds other customers of the same shop unknown, and cannot touch what is theirs', async () => {
    const { lease, customer } = await claim()
    const mine = shop.customers[0].customerId === customer.id ? 0 : 1
    const other = mine === 0 ? 1 : 0
    const db = tenantDb(storeline.app.database, shop.merchantId)
    const theirs = async () =>
      JSON.stringify([
        await db.order.findUnique({ where: { id: shop.customers[other].orderId }, select: { status: true } }),
        await db.cart.findFirst({
          where: { customerId: shop.customers[other].customerId },
          select: { lines: { select: { quantity: true } } },
        }),
      ])
    const before = await theirs()
    for (const field of fields.filter((one) => classified(one).bot)) {
      for (const [path, thing] of Object.entries(classified(field).ids ?? {})) {
        if (!PERSONAL.includes(thing)) continue
        const [ofOther, unknown] = [
          await call(field, onTurn(lease), withAt(argsAbout(field, mine), path, idOf(shop, thing, other))),
          await call(field, onTurn(lease), withAt(argsAbout(field, mine), path, randomUUID())),
        ]
        expect({ data: ofOther.data, errors: ofOther.errors }, `${field.name}(${path})`).toEqual({
          data: unknown.data,
          errors: unknown.errors,
        })
      }
    }
    expect(await theirs()).toBe(before)
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

  test('lists only its own customer’s', async () => {
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

  test('opens its own shop', async () => {
    const { lease } = await claim()
    expect((await merchant(lease)).data).toEqual({ merchant: { id: shop.merchantId } })
  })

  test('is worth nothing when it has expired, is another turn’s, another shop’s, or no lease at all', async () => {
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

  test('is worth nothing once the turn is answered, or a human has taken over', async () => {
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

  test('gives a partner’s key nothing', async () => {
    const { lease } = await claim()
    const other = await createLivelyShop(storeline.app)
    const { data } = await storeline.graphql({ ...other.key, 'storeline-lease': lease }).send('{ merchant { id } }')
    expect(data).toEqual({ merchant: { id: other.merchantId } })
  })
})
