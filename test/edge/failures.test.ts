import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../server/logger.ts'
import { cloneDatabase } from '../harness/database.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { deliver, inboundBody } from '../harness/whatsapp.ts'
import { codeOf, rawSocket } from './raw-socket.ts'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const EVENT_LOG = '{ eventLog { totalCount } }'

describe('after an unexpected error', () => {
  let storeline: TestStoreline
  const lines: Record<string, unknown>[] = []
  beforeAll(async () => {
    const logger = createLogger('debug', {
      write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    })
    storeline = await startTestStoreline({ roles: ['api'], logger })
    storeline.app.log.bounds = () => Promise.reject(new TypeError('the secret inside of things'))
  })
  afterAll(() => storeline[Symbol.asyncDispose]())

  const expectMasked = (errors: { message: string; extensions?: Record<string, unknown> }[] | undefined) => {
    const [error] = errors ?? []
    const errorId = String(error?.extensions?.errorId)
    expect(errorId).toMatch(/^[0-9a-f-]{36}$/)
    expect(error?.message).toBe(`Something went wrong on our side. Report this id: ${errorId}`)
    expect(error?.extensions?.code).toBe('INTERNAL')
    expect(JSON.stringify(errors)).not.toMatch(/secret inside|TypeError|\.ts|stack/)
    return lines.find((line) => line.errorId === errorId)
  }

  test('HTTP callers get an id, under which the log has the error', async () => {
    const answer = await storeline.graphql({ ...storeline.shop.key, 'x-request-id': 'request-0815' }).send(EVENT_LOG)
    expect(answer.status).toBe(500)
    expect(expectMasked(answer.errors)).toMatchObject({
      level: 50,
      requestId: 'request-0815',
      err: {
        type: 'TypeError',
        message: 'the secret inside of things',
        stack: expect.stringContaining('failures.test'),
      },
    })
  })

  test('socket callers get an id, and their socket stays open', async () => {
    await using socket = await rawSocket(storeline.url, { init: storeline.shop.key })
    const [message] = await socket.operate(EVENT_LOG)
    expectMasked((message?.payload as { errors: [] }).errors)
    expect(codeOf(await socket.operate('{ viewer { id } }'))).toBeUndefined()
  })

  test('other routes answer 500 with the request’s id', async () => {
    storeline.app.storage.info = () => Promise.reject(new Error('disk on fire'))
    const response = await fetch(`${storeline.url}/media/some.png`, { headers: { 'x-request-id': 'request-4711' } })
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: 'Something went wrong on our side. Report this id: request-4711' },
    ])
    expect(lines.find((line) => line.requestId === 'request-4711' && line.level === 50)).toMatchObject({
      err: { message: 'disk on fire' },
    })
  })
})

describe('while the database is unreachable', () => {
  let proxy: TcpProxy
  let database: Awaited<ReturnType<typeof cloneDatabase>>
  let storeline: TestStoreline
  beforeAll(async () => {
    database = await cloneDatabase()
    const url = new URL(database.url)
    proxy = await openTcpProxy(Number(url.port))
    url.hostname = '127.0.0.1'
    url.port = String(proxy.port)
    storeline = await startTestStoreline({ roles: ['api'], env: { DATABASE_URL: url.href } })
  })
  afterAll(async () => {
    await storeline[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  test('HTTP, sockets, webhooks and /readyz answer that they are unavailable, and recover by themselves afterwards', async () => {
    const { url, shop } = storeline
    await using open = await rawSocket(url, { init: shop.key })
    expect(codeOf(await open.operate(EVENT_LOG))).toBeUndefined()
    await proxy.cut()

    const { status, errors } = await storeline.graphql(shop.key).send(EVENT_LOG)
    expect([status, errors?.[0]?.extensions?.code]).toEqual([503, 'UNAVAILABLE'])
    expect(errors?.[0]?.message).toMatch(/try again/i)
    expect(JSON.stringify(errors)).not.toMatch(/ECONN|127\.0\.0\.1|prisma/i)
    const changed = await storeline
      .graphql(shop.key)
      .send(
        'mutation { takeOverConversation(input: { conversationId: "00000000-0000-7000-8000-000000000000" }) { __typename } }',
      )
    expect(changed.errors?.[0]?.extensions?.code).toBe('UNAVAILABLE')

    expect(codeOf(await open.operate(EVENT_LOG))).toBe('UNAVAILABLE')
    await using late = await rawSocket(url, { init: null })
    late.send({ type: 'connection_init', payload: { authorization: 'Bearer sl_a-key-not-asked-for-before' } })
    expect(await late.closed).toMatchObject({ code: 1013, reason: expect.not.stringMatching(/ECONN/) })

    expect(
      (await deliver(storeline, inboundBody(shop.phoneNumberId, [{ from: '15550100200', text: 'hi' }]))).status,
    ).toBe(503)
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.json()]).toMatchObject([503, { status: 'failing', database: 'failing' }])
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await storeline.graphql().send('{ __typename }')).data).toEqual({ __typename: 'Query' })

    await proxy.mend()
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 10_000 }).toBe(200)
    expect((await storeline.graphql(shop.key).send(EVENT_LOG)).errors).toBeUndefined()
    expect(codeOf(await open.operate(EVENT_LOG))).toBeUndefined()
    expect(
      (await deliver(storeline, inboundBody(shop.phoneNumberId, [{ from: '15550100200', text: 'hi' }]))).status,
    ).toBe(200)
  })
})
