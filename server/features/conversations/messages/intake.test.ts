import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestStoreline, type TestStoreline } from '../../../../test/harness/storeline.ts'
import { tenantDb, type TenantDb } from '../../../../test/harness/tenant-db.ts'
import { deliver, newWamid } from '../../../../test/harness/whatsapp.ts'
import { ingestItemJob } from '../jobs.ts'
import { ingestItemProcessor } from '../processors.ts'

let storeline: TestStoreline
let db: TenantDb
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  db = tenantDb(storeline.app.database, storeline.shop.merchantId)
})
afterAll(() => storeline[Symbol.asyncDispose]())

let phones = 15_550_300_000
const nextPhone = (): string => String(++phones)
const seconds = (at = Date.now()): string => String(Math.floor(at / 1000))

type Value = { contacts?: object[]; messages?: object[]; statuses?: object[]; phoneNumberId?: string }
const change = ({ phoneNumberId = storeline.shop.phoneNumberId, ...value }: Value) => ({
  field: 'messages',
  value: {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: phoneNumberId },
    ...value,
  },
})
const envelope = (...values: Value[]) =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '102290129340398', changes: values.map(change) }],
  })
/** A message of one customer, as WhatsApp sends it. */
const message = (part: object, from = nextPhone(), rest: object = {}) => ({
  from,
  id: newWamid(),
  timestamp: seconds(),
  ...part,
  ...rest,
})
const send = (...messages: object[]) => deliver(storeline, envelope({ messages }))
const find = (wamid: string) =>
  db.message.findFirst({
    where: { wamid },
    include: { conversation: { include: { customer: { include: { identities: true } } } }, turn: true },
  })

describe('a message of a customer', () => {
  const media = { id: '1003383421387256', mime_type: 'image/jpeg', sha256: 'x' }
  test.each([
    [
      'text',
      { type: 'text', text: { body: 'Does it come in another colour?' } },
      'text',
      'Does it come in another colour?',
      true,
    ],
    ['image', { type: 'image', image: { ...media, caption: 'This one' } }, 'image', /This one/, true],
    ['document', { type: 'document', document: { ...media, filename: 'list.pdf' } }, 'document', /./, true],
    ['voice message', { type: 'audio', audio: { ...media, voice: true } }, 'audio', /./, true],
    ['video', { type: 'video', video: media }, 'video', /./, true],
    ['sticker', { type: 'sticker', sticker: { ...media, animated: false } }, 'sticker', /./, true],
    [
      'location',
      { type: 'location', location: { latitude: 19.43, longitude: -99.13, name: 'Zócalo' } },
      'location',
      /Zócalo/,
      true,
    ],
    [
      'contacts',
      { type: 'contacts', contacts: [{ name: { formatted_name: 'Ana' }, phones: [{ phone: '+1 555' }] }] },
      'contacts',
      /./,
      true,
    ],
    [
      'tapped button',
      { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'menu', title: 'Menu' } } },
      'choice',
      /Menu/,
      true,
    ],
    [
      'chosen row',
      {
        type: 'interactive',
        interactive: { type: 'list_reply', list_reply: { id: 'p1', title: 'Coffee', description: 'Hot' } },
      },
      'choice',
      /Coffee/,
      true,
    ],
    ['template button', { type: 'button', button: { payload: 'yes', text: 'Yes' } }, 'choice', /Yes/, true],
    [
      'native cart',
      {
        type: 'order',
        order: {
          catalog_id: '1',
          product_items: [{ product_retailer_id: 'sku-1', quantity: 2, item_price: 5, currency: 'USD' }],
        },
      },
      'cart',
      /./,
      true,
    ],
    ['reaction', { type: 'reaction', reaction: { message_id: 'wamid.x', emoji: '👍' } }, 'reaction', /./, false],
    [
      'unsupported',
      { type: 'unsupported', errors: [{ code: 131051, title: 'Message type unknown' }] },
      'unsupported',
      /./,
      true,
    ],
    [
      'number change',
      {
        type: 'system',
        system: { type: 'user_changed_number', body: 'Ana changed from A to B', wa_id: '15550399999' },
      },
      'system',
      /./,
      false,
    ],
    [
      'new user id',
      { type: 'system', system: { type: 'user_changed_user_id', body: 'changed', user_id: 'US.2' } },
      'system',
      /./,
      false,
    ],
    ['kind of tomorrow', { type: 'hologram', hologram: { depth: 3 } }, 'other', /./, true],
    ['text without a body', { type: 'text', text: {} }, 'other', /./, true],
  ])(
    'of kind %s is stored and shown, and creates a turn where it needs an answer',
    async (_name, part, kind, text, answered) => {
      const sent = message(part)
      expect((await send(sent)).status).toBe(200)
      const kept = await find(sent.id)
      expect(kept).toMatchObject({
        kind,
        direction: 'INBOUND',
        status: 'RECEIVED',
        text: typeof text === 'string' ? text : expect.stringMatching(text),
      })
      expect(kept?.turn?.status).toBe(answered ? 'PENDING' : undefined)
      const { conversation } = await storeline
        .graphql(storeline.shop.key)
        .run<{ conversation: { messages: { edges: { node: object }[] } } }>(
          'query ($id: ID!) { conversation(id: $id) { messages { edges { node { text content { __typename ... on OtherContent { kind } } } } } } }',
          { id: kept?.conversationId },
        )
      expect(conversation.messages.edges).toHaveLength(1)
    },
  )

  test('that is a system notification neither opens the service window nor counts as unread', async () => {
    const sent = message({
      type: 'system',
      system: { type: 'user_changed_number', body: 'changed', wa_id: nextPhone() },
    })
    await send(sent)
    expect((await find(sent.id))?.conversation).toMatchObject({ windowExpiresAt: null, unreadCount: 0 })
  })
})

describe('the sender', () => {
  test('may have only a user id', async () => {
    const id = newWamid()
    const contact = {
      profile: { name: 'Sheena Nelson', username: '@realsheenanelson' },
      user_id: 'US.13491208655302741918',
    }
    const body = envelope({
      contacts: [contact],
      messages: [{ from_user_id: contact.user_id, id, timestamp: seconds(), type: 'text', text: { body: 'hi' } }],
    })
    expect((await deliver(storeline, body)).status).toBe(200)
    expect((await find(id))?.conversation.customer).toMatchObject({
      name: 'Sheena Nelson',
      identities: [{ kind: 'BSUID', value: contact.user_id }],
    })
  })

  test('is one customer, identified by number, by user id, or by both', async () => {
    const phone = nextPhone()
    const both = { from_user_id: `US.${phone}` }
    const text = { type: 'text', text: { body: 'hi' } }
    const sent = [
      message(text, phone),
      message(text, phone, both),
      { id: newWamid(), timestamp: seconds(), ...text, ...both },
    ]
    for (const one of sent) expect((await send(one)).status).toBe(200)
    const customers = new Set(await Promise.all(sent.map(async ({ id }) => (await find(id))?.conversation.customerId)))
    expect(customers.size).toBe(1)
  })
})

describe('a webhook delivery', () => {
  test('with many messages of many customers, in any order, stores each once', async () => {
    const [ana, ben] = [nextPhone(), nextPhone()]
    const at = Date.now() - 60_000
    const text = (body: string, from: string, second: number) =>
      message({ type: 'text', text: { body } }, from, { timestamp: seconds(at + second * 1000) })
    const messages = [text('third', ana, 3), text('first', ana, 1), text('hello', ben, 2), text('second', ana, 2)]
    const body = envelope({ messages: messages.slice(0, 2) }, { messages: messages.slice(2) })
    const answers = await Promise.all([deliver(storeline, body), deliver(storeline, body), deliver(storeline, body)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const anas = await db.message.findMany({
      where: { conversation: { customer: { identities: { some: { value: ana } } } } },
      orderBy: { occurredAt: 'asc' },
      include: { conversation: true },
    })
    expect(anas.map((one) => one.text)).toEqual(['first', 'second', 'third'])
    expect(anas[0]?.conversation).toMatchObject({ unreadCount: 3, lastMessageText: 'third' })
  })

  test('with an unreadable item stores the others', async () => {
    const good = message({ type: 'text', text: { body: 'good' } })
    const broken = [
      { id: newWamid() },
      null,
      7,
      message({ type: 'text', text: { body: 'x' } }, nextPhone(), { timestamp: 'yesterday' }),
      message({ type: 'text', text: { body: 'x' } }, nextPhone(), {
        id: `wamid.${Array.from({ length: 5_000 }, (_, i) => (i * 7919).toString(36)).join('')}`,
      }),
    ]
    const response = await deliver(
      storeline,
      envelope({ messages: [...broken, good] as object[], contacts: [{ nonsense: true }] }),
    )
    expect(response.status).toBe(200)
    expect(await find(good.id)).toMatchObject({ text: 'good' })
  })

  test('stores texts with characters that PostgreSQL refuses', async () => {
    const sent = message({ type: 'text', text: { body: 'a\u0000b\ud800c 👍' } })
    expect((await send(sent)).status).toBe(200)
    expect((await find(sent.id))?.text).toBe('a\uFFFDb\uFFFDc 👍')
  })

  test('for a number of no shop is acknowledged and ignored', async () => {
    const sent = message({ type: 'text', text: { body: 'hi' } })
    const mine = message({ type: 'text', text: { body: 'mine' } })
    expect(
      (await deliver(storeline, envelope({ phoneNumberId: '999', messages: [sent] }, { messages: [mine] }))).status,
    ).toBe(200)
    expect(await find(sent.id)).toBeNull()
    expect(await find(mine.id)).not.toBeNull()
  })

  test('with other fields, other objects, or nothing is acknowledged and ignored', async () => {
    for (const body of [
      '{"object":"page","entry":[]}',
      '{"object":"whatsapp_business_account","entry":[]}',
      JSON.stringify({
        object: 'whatsapp_business_account',
        entry: [
          {
            id: '1',
            changes: [{ field: 'account_update', value: { event: 'X' } }, { field: 'messages', value: null }, 5],
          },
        ],
      }),
    ]) {
      expect((await deliver(storeline, body)).status, body).toBe(200)
    }
  })
})

describe('a body with a hundred messages', () => {
  const text = (body: string, from: string, second: number) =>
    message({ type: 'text', text: { body } }, from, { timestamp: seconds(Date.UTC(2026, 10, 20, 9, 0, second)) })

  test('is stored in a few transactions, in order within each conversation, each message once', async () => {
    const people = Array.from({ length: 50 }, nextPhone)
    const sent = people.flatMap((phone) => [text('second', phone, 2), text('first', phone, 1)])
    const commits = vi.spyOn(storeline.app, 'notifyCommit')
    const body = envelope({ messages: [...sent, ...sent.slice(0, 10)] })
    expect((await deliver(storeline, body)).status).toBe(200)
    expect(commits.mock.calls.length).toBeLessThanOrEqual(6)
    const events = commits.mock.calls.flatMap(([commit]) => commit.events)
    commits.mockRestore()
    expect(events).toHaveLength(100)
    const byConversation = new Map<string, string[]>()
    for (const { data } of events) {
      const { conversationId, text: said } = data as { conversationId: string; text: string }
      byConversation.set(conversationId, [...(byConversation.get(conversationId) ?? []), said])
    }
    expect([...byConversation.values()]).toEqual(people.map(() => ['first', 'second']))
    expect((await deliver(storeline, body)).status).toBe(200)
    const kept = { where: { wamid: { in: sent.map(({ id }) => id) } } }
    expect(await db.message.count(kept)).toBe(100)
    expect(await db.botTurn.count({ where: { message: kept.where } })).toBe(100)
  }, 30_000)

  test('with one that cannot be stored: the others are stored at once, and a job retries that one without another delivery', async () => {
    const trigger = (text: string) => storeline.app.database.pool.query(text)
    await trigger(`CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.text = 'poison' THEN RAISE EXCEPTION 'it does not fit' USING ERRCODE = '22000'; END IF; RETURN NEW; END $$`)
    await trigger('CREATE TRIGGER poison BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION refuse_poison()')
    const others = Array.from({ length: 30 }, (_, second) => text('fine', nextPhone(), second))
    const poison = text('poison', nextPhone(), 7)
    const messages = [...others.slice(0, 9), poison, ...others.slice(9)]
    expect((await deliver(storeline, envelope({ messages }))).status).toBe(200)
    expect(await db.message.count({ where: { wamid: { in: others.map(({ id }) => id) } } })).toBe(30)
    expect(await find(poison.id)).toBeNull()
    const [job] = await storeline.app.queues.queue('maintenance').getJobs(['waiting', 'prioritized', 'delayed'])
    expect(job?.name).toBe(ingestItemJob.name)
    await trigger('DROP TRIGGER poison ON message')
    const run = { app: storeline.app, attempt: 1, lastAttempt: false, signal: new AbortController().signal }
    for (let times = 0; times < 2; times++)
      await ingestItemProcessor.run((job?.data as { payload: unknown }).payload, run)
    expect(await find(poison.id)).toMatchObject({ text: 'poison', turn: { status: 'PENDING' } })
  }, 30_000)

  test('while a conversation is locked: the others are stored, and WhatsApp must deliver the whole body again', async () => {
    const [held, free] = [nextPhone(), nextPhone()]
    await send(text('before', held, 1))
    const failing = vi.spyOn(storeline.app.database.pool, 'connect')
    // The part, and then the message itself.
    for (let part = 0; part < 2; part++)
      failing.mockImplementationOnce(() => Promise.reject(Object.assign(new Error('lock timeout'), { code: '55P03' })))
    const messages = [text('held', held, 2), text('held too', held, 3), text('free', free, 2)]
    const body = envelope({ messages })
    const status = (await deliver(storeline, body)).status
    failing.mockRestore()
    expect(status).toBe(503)
    expect(await db.message.count({ where: { wamid: { in: messages.map(({ id }) => id) } } })).toBe(1)
    expect((await deliver(storeline, body)).status).toBe(200)
    const kept = await db.message.findMany({ where: { wamid: { in: messages.map(({ id }) => id) } } })
    expect(kept.map((one) => one.text).toSorted()).toEqual(['free', 'held', 'held too'])
  })
})

describe('a request that is not from WhatsApp', () => {
  const url = () => `${storeline.url}/webhooks/whatsapp`
  const count = () => db.message.count()

  test.each([
    ['no signature', {}],
    [
      'another secret’s',
      { 'x-hub-signature-256': `sha256=${createHmac('sha256', 'another').update('{}').digest('hex')}` },
    ],
    ['another algorithm’s', { 'x-hub-signature-256': 'sha1=00' }],
    ['half a signature', { 'x-hub-signature-256': 'sha256=abcd' }],
    ['nonsense', { 'x-hub-signature-256': 'sha256=zz' }],
  ])('is refused: %s', async (_name, headers) => {
    const before = await count()
    const response = await fetch(url(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: envelope({ messages: [message({ type: 'text', text: { body: 'hi' } })] }),
    })
    expect(response.status).toBe(401)
    expect(await count()).toBe(before)
  })

  test('is refused when a single space of the signed body was changed', async () => {
    const body = envelope({ messages: [message({ type: 'text', text: { body: 'hi' } })] })
    const signature = createHmac('sha256', storeline.app.config.whatsapp.appSecret).update(body).digest('hex')
    expect((await deliver(storeline, `${body} `, { 'x-hub-signature-256': `sha256=${signature}` })).status).toBe(401)
  })

  test.each([
    ['no JSON', '{"object":'],
    ['no envelope', '[]'],
    ['nothing', ''],
    ['text', 'hello'],
  ])('signed, but %s, is answered with 400', async (_name, body) => {
    expect((await deliver(storeline, body)).status).toBe(400)
  })

  test('larger than three megabytes is answered with 413', async () => {
    const response = await deliver(storeline, JSON.stringify({ pad: 'x'.repeat(3 * 1024 * 1024) }))
    expect(response.status).toBe(413)
  })

  test('is accepted with any content type when the signature is valid', async () => {
    const sent = message({ type: 'text', text: { body: 'hi' } })
    expect(
      (await deliver(storeline, envelope({ messages: [sent] }), { 'content-type': 'application/octet-stream' })).status,
    ).toBe(200)
    expect(await find(sent.id)).not.toBeNull()
  })

  test('the handshake returns the challenge only for the verify token', async () => {
    const ask = (token: string, mode = 'subscribe') =>
      fetch(
        `${url()}?${new URLSearchParams({ 'hub.mode': mode, 'hub.challenge': '1158201444', 'hub.verify_token': token })}`,
      )
    const { verifyToken } = storeline.app.config.whatsapp
    const right = await ask(verifyToken)
    expect([right.status, right.headers.get('content-type'), await right.text()]).toEqual([
      200,
      expect.stringContaining('text/plain'),
      '1158201444',
    ])
    for (const response of [await ask('wrong'), await ask(verifyToken, 'unsubscribe'), await fetch(url())])
      expect(response.status).toBe(403)
  })
})
