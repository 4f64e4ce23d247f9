import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { systemActor } from '../../server/auth/actor.ts'
import { tenantStore } from '../../server/db/tenant-pool.ts'
import { withTenant } from '../../server/unit-of-work/unit-of-work.ts'
import { signIn } from '../../server/features/staff/service.ts'
import { createLogger } from '../../server/logger.ts'
import { emulatorOf } from '../harness/phone.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { deliver, inboundBody } from '../harness/whatsapp.ts'

const PHONE = '15550178901'
const TEXT = 'please keep this between us'
const REPLY = 'nobody else will read this'

const lines: string[] = []
let storeline: TestStoreline
beforeAll(async () => {
  const logger = createLogger('trace', { write: (line) => void lines.push(line) })
  storeline = await startTestStoreline({
    roles: ['api', 'worker', 'emulator'],
    logger,
    env: { METRICS_TOKEN: 'a-token-for-the-metrics' },
  })
})
afterAll(() => storeline[Symbol.asyncDispose]())

describe('after successful and failed requests of all kinds', () => {
  let token: string
  beforeAll(async () => {
    const { app, url, shop, graphql } = storeline
    token = (await signIn(app, shop)).token
    const { phone, control } = emulatorOf(storeline)
    const customer = await phone({ phone: `+${PHONE}` })
    await customer.write(TEXT)
    const list = () =>
      graphql(shop.key).run<{ conversations: { edges: { node: { id: string; customer: { id: string } } }[] } }>(
        '{ conversations { edges { node { id customer { id } } } } }',
      )
    await vi.waitFor(async () => expect((await list()).conversations.edges).toHaveLength(1), 5_000)
    const {
      id,
      customer: { id: customerId },
    } = (await list()).conversations.edges[0]?.node ?? { id: '', customer: { id: '' } }
    const SEND =
      'mutation ($id: ID!, $text: String!) { sendMessage(input: { conversationId: $id, text: $text }) { __typename } }'
    const session = { cookie: `storeline_session=${token}` }
    await graphql(session).run(SEND, { id, text: REPLY })
    await control('/faults', { effect: 'refuse', code: 131026 })
    await graphql(shop.key).run(SEND, { id, text: REPLY })
    await storeline.drain()

    await graphql().send('mutation ($i: SignInInput!) { signIn(input: $i) { __typename } }', {
      i: { email: shop.email, password: `${shop.password} mistyped` },
    })
    await graphql({ authorization: `${shop.key.authorization}x` }).send('{ merchant { id } }')
    await graphql(session).send('query ($t: String!) { nothing(text: $t) }', { t: TEXT })
    await deliver(storeline, inboundBody('1234567890', [{ from: PHONE, text: TEXT }]))
    await deliver(storeline, inboundBody(shop.phoneNumberId, [{ from: PHONE, text: TEXT }]), {
      'x-hub-signature-256': 'sha256=00',
    })
    await deliver(storeline, `{"broken": "${TEXT}`)
    await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer a-token-for-the-metrics' } })

    // The database quotes the whole row in the error of a refused insert.
    app.log.bounds = () =>
      withTenant(app, systemActor(shop.merchantId), async ({ tx }) => {
        await tx.$executeRaw`INSERT INTO message SELECT (jsonb_populate_record(m, '{"direction":null,"wamid":null,"id":"00000000-0000-7000-8000-000000000000"}')).* FROM message m LIMIT 1`
        return { last: 0, trimmed: 0, incarnation: '' }
      })
    await graphql(shop.key).send('{ eventLog { totalCount } }')
    app.log.bounds = () =>
      withTenant(app, systemActor(shop.merchantId), async ({ tx }) => {
        const identity = { merchantId: shop.merchantId, customerId, kind: 'PHONE' as const, value: PHONE }
        await tx.customerIdentity.create({ data: identity })
        return { last: 0, trimmed: 0, incarnation: '' }
      })
    await graphql(shop.key).send('{ eventLog { totalCount } }')
    app.log.bounds = () =>
      withTenant(app, systemActor(shop.merchantId), async ({ tx }) => {
        await tx.customer.update({ where: { id: customerId }, data: { name: TEXT, language: 7 as unknown as string } })
        return { last: 0, trimmed: 0, incarnation: '' }
      })
    await graphql(shop.key).send('{ eventLog { totalCount } }')
    app.log.bounds = () =>
      tenantStore.run(shop, async () => {
        await app.database.pool.query(
          `INSERT INTO message SELECT (jsonb_populate_record(m, '{"direction":null}')).* FROM message m LIMIT 1`,
        )
        return { last: 0, trimmed: 0, incarnation: '' }
      })
    await graphql(shop.key).send('{ eventLog { totalCount } }')
  })

  test('the log has lines about errors and requests', () => {
    expect(lines.filter((line) => line.includes('"unexpected error"')).length).toBe(4)
    expect(lines.some((line) => line.includes('belongs to no shop'))).toBe(true)
    expect(lines.some((line) => line.includes('"request"'))).toBe(true)
  })

  test.each([
    ['the password', () => storeline.shop.password],
    ['the session', () => token],
    ['the key', () => storeline.shop.key.authorization.slice('Bearer '.length)],
    ['the bot key', () => storeline.app.config.botApiKey],
    ['the app secret', () => storeline.app.config.whatsapp.appSecret],
    ['the verify token', () => storeline.app.config.whatsapp.verifyToken],
    ['the access token', () => storeline.app.config.whatsapp.accessToken],
    ['the metrics token', () => 'a-token-for-the-metrics'],
    ['the customer’s number', () => PHONE],
    ['the text of the customer', () => TEXT],
    ['the reply of the shop', () => REPLY],
    ['a member’s email address', () => storeline.shop.email],
  ])('no line contains %s', (_what, secret) => {
    expect(lines.filter((line) => line.includes(secret()))).toEqual([])
  })
})
