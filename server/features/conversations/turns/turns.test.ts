import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { execute, openTestApp, type TestApp } from '../../../../test/harness/app.ts'
import { createTestShop, type TestShop } from '../../../../test/harness/shop.ts'
import type { AppContext } from '../../../context.ts'
import { counters } from '../../../counters.ts'
import { idleBot, write } from '../../../../test/harness/conversations.ts'
import { tenantDb, type TenantDb } from '../../../../test/harness/tenant-db.ts'
import { lookUpMerchants } from '../../merchants/lookups.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let db: TenantDb

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  for (const merchantId of await lookUpMerchants(app)) await tenantDb(app.database, merchantId).botTurn.deleteMany()
  shop = await createTestShop(app)
  db = tenantDb(app.database, shop.merchantId)
})

let phones = 15_550_400_000
const nextPhone = () => String(++phones)
const says = (phone: string, text: string, at?: Date) =>
  write(app, { phoneNumberId: shop.phoneNumberId, phone, text, ...(at ? { at } : {}) })

type Turn = {
  id: string
  lease: string
  attempt: number
  state: unknown
  message: { text: string }
  conversation: { id: string; mode: string }
  customer: { phone: string }
  merchant: { id: string }
}
const CLAIM =
  'mutation { claimTurn { id lease attempt state message { text } conversation { id mode } customer { phone } merchant { id } } }'
const claim = async () => (await execute<{ claimTurn: Turn | null }>(app, idleBot(), CLAIM)).claimTurn
const claimed = async (): Promise<Turn> => {
  const turn = await claim()
  if (!turn) throw new Error('There was no turn to claim')
  return turn
}

type Completed = {
  __typename: string
  status?: string
  messages?: { text: string; status: string }[]
  issues?: { path: string; message: string }[]
  message?: string
}
const COMPLETE = `mutation ($input: CompleteTurnInput!) { completeTurn(input: $input) { __typename
  ... on CompletedTurn { status messages { text status } } ... on ValidationError { issues { path message } } ... on Error { message } } }`
const complete = async (lease: string, input: object = {}) =>
  (
    await execute<{ completeTurn: Completed }>(app, idleBot(), COMPLETE, {
      input: { lease, state: {}, replies: [], ...input },
    })
  ).completeTurn
const failTurn = async (lease: string, error = 'it broke') =>
  (
    await execute<{ failTurn: Completed }>(
      app,
      idleBot(),
      'mutation ($input: FailTurnInput!) { failTurn(input: $input) { __typename ... on CompletedTurn { status } ... on Error { message } } }',
      { input: { lease, error } },
    )
  ).failTurn
/** Lets leases run out, and with `pauses` also the time until the turn may be claimed again. */
const expireLeases = ({ pauses = true } = {}) => {
  const past = new Date(Date.now() - 1)
  return db.botTurn.updateMany({
    where: { status: 'PENDING' },
    data: { leasedUntil: past, ...(pauses ? { claimableAt: past } : {}) },
  })
}
const text = (body: string) => ({ text: { body } })

describe('claimTurn', () => {
  test('returns null when no turn waits', async () => {
    expect(await claim()).toBeNull()
  })

  test('returns message, customer and conversation, and an empty state at first', async () => {
    const phone = nextPhone()
    await says(phone, 'hello')
    expect(await claim()).toMatchObject({
      attempt: 1,
      state: {},
      message: { text: 'hello' },
      conversation: { mode: 'BOT' },
      customer: { phone: `+${phone}` },
      merchant: { id: shop.merchantId },
    })
  })

  test('claims the messages of one customer one at a time, in the order of WhatsApp’s clock', async () => {
    const phone = nextPhone()
    const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 9, 0, second))
    await says(phone, 'second', at(2))
    await says(phone, 'third', at(3))
    await says(phone, 'first', at(1))
    const seen: string[] = []
    for (let i = 0; i < 3; i++) {
      const turn = await claimed()
      expect(await claim()).toBeNull()
      seen.push(turn.message.text)
      await complete(turn.lease, { state: { n: i } })
    }
    expect(seen).toEqual(['first', 'second', 'third'])
  })

  test('serves other customers meanwhile, the oldest message first', async () => {
    const [ana, ben] = [nextPhone(), nextPhone()]
    await says(ana, 'ana')
    await says(ben, 'ben')
    expect([(await claimed()).message.text, (await claimed()).message.text]).toEqual(['ana', 'ben'])
    expect(await claim()).toBeNull()
  })

  test('leases a conversation to one of many concurrent bots', async () => {
    const people = Array.from({ length: 6 }, nextPhone)
    for (const phone of people) for (const n of [1, 2]) await says(phone, `${phone} ${n}`)
    const turns = (await Promise.all(Array.from({ length: 12 }, claim))).filter((turn) => turn !== null)
    const conversations = turns.map((turn) => turn.conversation.id)
    expect(new Set(conversations).size).toBe(conversations.length)
    // A bot without a turn claims again until every conversation is served.
    for (let turn = await claim(); turn; turn = await claim()) conversations.push(turn.conversation.id)
    expect(new Set(conversations).size).toBe(6)
    expect(conversations).toHaveLength(6)
  })

  test('leases a turn again after its lease has expired, and the first lease is lost', async () => {
    await says(nextPhone(), 'hello')
    const first = await claimed()
    await expireLeases()
    const second = await claimed()
    expect(second).toMatchObject({ id: first.id, attempt: 2 })
    expect(await complete(first.lease, { replies: [text('late')] })).toMatchObject({ __typename: 'LeaseLostError' })
    expect(await complete(second.lease, { replies: [text('in time')] })).toMatchObject({
      status: 'DONE',
      messages: [{ text: 'in time' }],
    })
    expect(await db.message.count({ where: { direction: 'OUTBOUND' } })).toBe(1)
  })

  test('leaves an expired lease valid until another bot claims the turn', async () => {
    await says(nextPhone(), 'hello')
    const { lease } = await claimed()
    await expireLeases()
    expect(await complete(lease, { replies: [text('slow but right')] })).toMatchObject({ status: 'DONE' })
    expect(await claim()).toBeNull()
  })
})

describe('completeTurn', () => {
  test('stores the state, the language and the replies together, for the next turn', async () => {
    const phone = nextPhone()
    await says(phone, 'hola')
    const { lease } = await claimed()
    const done = await complete(lease, {
      state: { page: 2 },
      language: 'es-MX',
      replies: [text('uno'), { buttons: { body: 'dos', buttons: [{ id: 'a', title: 'A' }] } }],
    })
    expect(done).toMatchObject({
      status: 'DONE',
      messages: [{ text: 'uno', status: 'QUEUED' }, { text: expect.stringContaining('dos') }],
    })
    await says(phone, 'mas')
    expect(await claim()).toMatchObject({ state: { page: 2 } })
    expect(await db.customer.findFirst()).toMatchObject({ language: 'es-MX' })
  })

  test('twice with the same lease has the same result and sends once', async () => {
    await says(nextPhone(), 'hello')
    const { lease } = await claimed()
    const answers = await Promise.all([1, 2, 3].map(() => complete(lease, { replies: [text('once')] })))
    expect(answers.map(({ status }) => status)).toEqual(['DONE', 'DONE', 'DONE'])
    expect(answers.flatMap(({ messages }) => messages ?? [])).toHaveLength(1)
    expect(await db.message.count({ where: { direction: 'OUTBOUND' } })).toBe(1)
  })

  test('may hand the conversation over with its pending turns', async () => {
    const phone = nextPhone()
    await says(phone, 'a person please')
    await says(phone, 'quickly')
    const { lease, conversation } = await claimed()
    await complete(lease, { replies: [text('one moment')], handoff: 'CUSTOMER_ASKED' })
    expect(await db.conversation.findUnique({ where: { id: conversation.id } })).toMatchObject({
      mode: 'HUMAN',
      handoffReason: 'CUSTOMER_ASKED',
    })
    expect(await claim()).toBeNull()
    await says(phone, 'are you there')
    expect(await claim()).toBeNull()
    expect(
      (await db.botTurn.findMany({ orderBy: { occurredAt: 'asc' } })).map(({ status }) => status).toSorted(),
    ).toEqual(['DONE', 'HANDED_OVER', 'SKIPPED'])
  })

  test.each<[string, object, string[]]>([
    ['an empty text', { replies: [text('')] }, ['input.replies.0.body']],
    ['a text that is too long', { replies: [text('ok'), text('x'.repeat(4097))] }, ['input.replies.1.body']],
    [
      'too many buttons',
      { replies: [{ buttons: { body: 'b', buttons: ['1', '2', '3', '4'].map((id) => ({ id, title: id })) } }] },
      ['input.replies.0.buttons'],
    ],
    [
      'a long button',
      { replies: [{ buttons: { body: 'b', buttons: [{ id: '1', title: 'x'.repeat(21) }] } }] },
      ['input.replies.0.buttons.0.title'],
    ],
    [
      'a long row',
      {
        replies: [
          {
            list: { body: 'b', button: 'Open', sections: [{ title: '', rows: [{ id: '1', title: 'x'.repeat(25) }] }] },
          },
        ],
      },
      ['input.replies.0.sections.0.rows.0.title'],
    ],
    ['an image that is nowhere', { replies: [{ image: { url: 'not a url' } }] }, ['input.replies.0.url']],
    ['too many replies', { replies: Array.from({ length: 11 }, () => text('x')) }, ['input.replies']],
    ['a state that is too large', { state: { pad: 'x'.repeat(64 * 1024) } }, ['input.state']],
    [
      'a state nested beyond sense',
      { state: JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`) as unknown },
      ['input.state'],
    ],
    ['a language that is none', { language: 'Spanish!' }, ['input.language']],
    ['several at once', { language: '1', replies: [text('')] }, ['input.language', 'input.replies.0.body']],
  ])('refuses %s with its path, and the turn can still be completed', async (_name, input, paths) => {
    await says(nextPhone(), 'hello')
    const { lease } = await claimed()
    const refused = await complete(lease, input)
    expect(refused.__typename).toBe('ValidationError')
    expect(refused.issues?.map(({ path }) => path).toSorted()).toEqual(paths)
    expect(await db.message.count({ where: { direction: 'OUTBOUND' } })).toBe(0)
    expect(await complete(lease)).toMatchObject({ status: 'DONE' })
  })

  test.each([
    '',
    'nonsense',
    'a.b.c',
    '00000000-0000-7000-8000-000000000000.00000000-0000-7000-8000-000000000000.00000000-0000-4000-8000-000000000000',
  ])('refuses the lease %j', async (lease) => {
    expect(await complete(lease)).toMatchObject({ __typename: 'LeaseLostError' })
    expect(await failTurn(lease)).toMatchObject({ __typename: 'LeaseLostError' })
  })

  test('reports a lost lease after a human has taken over', async () => {
    await says(nextPhone(), 'hello')
    const { lease, conversation } = await claimed()
    await execute(
      app,
      shop.owner,
      'mutation ($id: ID!) { takeOverConversation(input: { conversationId: $id }) { __typename } }',
      { id: conversation.id },
    )
    expect(await complete(lease, { replies: [text('too late')] })).toMatchObject({ __typename: 'LeaseLostError' })
    expect(await failTurn(lease)).toMatchObject({ __typename: 'LeaseLostError' })
    expect(await db.message.count({ where: { direction: 'OUTBOUND' } })).toBe(0)
  })
})

describe('failTurn', () => {
  const handedOver = async () => {
    expect(await db.conversation.findFirst()).toMatchObject({ mode: 'HUMAN', handoffReason: 'BOT_FAILED' })
    expect(
      await db.message.findMany({ where: { direction: 'OUTBOUND' }, select: { author: true, text: true } }),
    ).toEqual([{ author: 'SYSTEM', text: expect.stringContaining('A person from our team') }])
    expect(await claim()).toBeNull()
  }

  test('makes the turn claimable at once; the third failure hands over to a human and informs the customer', async () => {
    await says(nextPhone(), 'hello')
    expect(await failTurn((await claimed()).lease)).toMatchObject({ status: 'PENDING' })
    const second = await claimed()
    expect(second.attempt).toBe(2)
    await failTurn(second.lease)
    expect(await failTurn((await claimed()).lease)).toMatchObject({ status: 'HANDED_OVER' })
    await handedOver()
  })

  test('does not block other conversations', async () => {
    const phone = nextPhone()
    await says(phone, 'poison')
    for (let i = 0; i < 3; i++) await failTurn((await claimed()).lease)
    await says(nextPhone(), 'fine')
    expect(await claim()).toMatchObject({ message: { text: 'fine' } })
  })

  test('informs the customer in their language', async () => {
    await says(nextPhone(), 'hola')
    await db.customer.updateMany({ data: { language: 'es-AR' } })
    for (let i = 0; i < 3; i++) await failTurn((await claimed()).lease)
    expect(await db.message.findFirst({ where: { direction: 'OUTBOUND' } })).toMatchObject({
      text: expect.stringContaining('Lo siento'),
    })
  })
})

describe('a lost lease', () => {
  const lose = async () => {
    await claimed()
    await expireLeases()
  }
  /** Seconds from the end of the present lease until the turn may be claimed again. */
  const pause = async () => {
    const { leasedUntil, claimableAt } = await db.botTurn.findFirstOrThrow({ where: { status: 'PENDING' } })
    return Math.round(((claimableAt?.getTime() ?? 0) - (leasedUntil?.getTime() ?? 0)) / 1000)
  }

  test('is no failure: the bot answers when it reconnects, and no apology is sent', async () => {
    await says(nextPhone(), 'hello')
    for (let i = 0; i < 5; i++) await lose()
    const { lease } = await claimed()
    expect(await complete(lease, { replies: [text('here I am')] })).toMatchObject({ status: 'DONE' })
    expect(await db.conversation.findFirst()).toMatchObject({ mode: 'BOT', handoffReason: null })
    expect(await db.message.findMany({ where: { direction: 'OUTBOUND' }, select: { text: true } })).toEqual([
      { text: 'here I am' },
    ])
  })

  test('does not count towards the failures that a bot reports', async () => {
    await says(nextPhone(), 'hello')
    for (let i = 0; i < 2; i++) {
      await lose()
      expect(await failTurn((await claimed()).lease)).toMatchObject({ status: 'PENDING' })
    }
    await lose()
    expect(await failTurn((await claimed()).lease)).toMatchObject({ status: 'HANDED_OVER' })
  })

  test('delays the next claim, longer each time, while other conversations are served', async () => {
    await says(nextPhone(), 'poison')
    const pauses: number[] = []
    for (let i = 0; i < 7; i++) {
      await claimed()
      pauses.push(await pause())
      await expireLeases()
    }
    expect(pauses).toEqual([0, 5, 15, 30, 60, 120, 300])
    await claimed()
    await expireLeases({ pauses: false })
    expect(await claim()).toBeNull()
    await says(nextPhone(), 'fine')
    expect(await claim()).toMatchObject({ message: { text: 'fine' } })
  })

  test('is counted in the metrics', async () => {
    const count = async () => (await counters.leasesLost.get()).values[0]?.value ?? 0
    const before = await count()
    await says(nextPhone(), 'hello')
    for (let i = 0; i < 3; i++) await lose()
    await claimed()
    expect(await count()).toBe(before + 3)
  })

  test('repeated for half an hour hands the conversation over to staff, without a message to the customer', async () => {
    await says(nextPhone(), 'poison')
    const { botRetrySeconds } = app.config
    expect(botRetrySeconds.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThan(1_700)
    for (let i = 0; i <= botRetrySeconds.length; i++) await lose()
    expect(await claim()).toBeNull()
    expect(await db.conversation.findFirst()).toMatchObject({ mode: 'HUMAN', handoffReason: 'BOT_LOST' })
    expect(await db.message.count({ where: { direction: 'OUTBOUND' } })).toBe(0)
    expect(await db.botTurn.findFirst()).toMatchObject({ status: 'HANDED_OVER', failures: 0 })
  })
})
