import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { answerWith, startReceiver, verified, type Receiver } from '../../../../test/harness/receiver.ts'
import { startTestStoreline, type TestStoreline } from '../../../../test/harness/storeline.ts'
import { LOCAL_WEBHOOKS, webhooksOf } from '../../../../test/harness/webhooks.ts'
import { dispatchWebhooksJob } from '../jobs.ts'
import { outgoingOf } from '../http/outgoing.ts'
import { deliverWebhook } from './deliver.ts'
import { dispatchWebhooks } from './dispatch.ts'
import { deliverWebhookJob } from '../jobs.ts'
import { removeEndpoint, rotateSecret } from '../endpoints/service.ts'
import { dispatchLost, sweepOverdue } from './sweeps.ts'

/** Waits for what the workers do; the machine may be busy. */
const soon = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 20_000, interval: 20 })

describe.each(['embedded', 'redis'] as const)('on %s', (runtime) => {
  let storeline: TestStoreline
  let receiver: Receiver
  let webhooks: ReturnType<typeof webhooksOf>
  const made: string[] = []

  beforeAll(async () => {
    storeline = await startTestStoreline({ runtime, env: LOCAL_WEBHOOKS })
    webhooks = webhooksOf(storeline.app, storeline.shop)
  })
  afterAll(() => storeline?.[Symbol.asyncDispose]())
  beforeEach(async () => {
    receiver = await startReceiver()
  })
  afterEach(async () => {
    const { app, shop } = storeline
    for (const endpointId of made.splice(0)) await removeEndpoint(app, shop.owner, { endpointId })
    await receiver[Symbol.asyncDispose]()
  })

  async function endpoint(input: { url?: string; eventTypes?: string[] } = {}) {
    const created = await webhooks.create({ url: receiver.url, ...input })
    made.push(created.id)
    return created
  }
  const statuses = async (endpointId: string) => (await webhooks.deliveries(endpointId)).map(({ status }) => status)

  test('an event arrives signed, as in the event log, and the delivery log records it', async () => {
    const { app, shop } = storeline
    const { id, secret } = await endpoint()
    await webhooks.emit()
    const received = await soon(() => {
      const [first] = receiver.received
      if (!first) throw new Error('nothing arrived')
      return first
    })
    const body = verified(secret, received)
    const [event] = await app.log.after(shop.merchantId, (body.sequence as number) - 1, 1)
    expect(body).toEqual({
      type: 'order_status_changed',
      version: 1,
      timestamp: event?.occurredAt,
      sequence: event?.sequence,
      incarnation: '',
      cursor: expect.any(String),
      data: event?.data,
    })
    expect(received.headers).toMatchObject({ 'content-type': 'application/json' })
    await soon(async () =>
      expect(await webhooks.deliveries(id)).toEqual([
        { id: received.id, sequence: event?.sequence, status: 'SUCCEEDED', attemptCount: 1 },
      ]),
    )
  })

  test('a hundred events to a receiver that fails 30 %: all arrive, none again after a 2xx, each with one id', async () => {
    const { id } = await endpoint()
    receiver.answer((received, response) => answerWith(Math.random() < 0.3 ? 500 : 200)(received, response))
    const before = (await storeline.app.log.bounds(storeline.shop.merchantId)).last
    await webhooks.emit(100)
    await soon(async () => expect((await statuses(id)).filter((status) => status === 'SUCCEEDED')).toHaveLength(100))
    await storeline.drain()

    const sequences = new Map<string, Set<number>>()
    const answers = new Map<string, (number | null)[]>()
    for (const { id: webhookId, body, status } of receiver.received) {
      const { sequence } = JSON.parse(body) as { sequence: number }
      sequences.set(webhookId, (sequences.get(webhookId) ?? new Set()).add(sequence))
      answers.set(webhookId, [...(answers.get(webhookId) ?? []), status])
    }
    expect([...sequences.values()].map((set) => [...set]).toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0))).toEqual(
      Array.from({ length: 100 }, (_none, n) => [before + 1 + n]),
    )
    for (const all of answers.values()) {
      expect(all.at(-1)).toBe(200)
      expect(all.slice(0, -1).every((status) => status === 500)).toBe(true)
    }
    expect(receiver.received.length, 'some were refused').toBeGreaterThan(100)
    const attempts = await webhooks.rows<{ n: number }>(
      'SELECT count(*)::int AS n FROM webhook_attempt a JOIN webhook_delivery d ON d.id = a.delivery_id WHERE d.endpoint_id = $1',
      [id],
    )
    expect(attempts).toEqual([{ n: receiver.received.length }])
  }, 60_000)

  test('first attempts begin in the order of the events', async () => {
    const { id } = await endpoint()
    for (let n = 0; n < 12; n++) await webhooks.emit()
    await soon(async () => expect((await statuses(id)).filter((status) => status === 'SUCCEEDED')).toHaveLength(12))
    const begun = await webhooks.rows<{ sequence: number }>(
      `SELECT d.sequence::float8 AS sequence FROM webhook_delivery d JOIN webhook_attempt a ON a.delivery_id = d.id AND a.number = 1
       WHERE d.endpoint_id = $1 ORDER BY a.started_at, d.sequence`,
      [id],
    )
    const sequences = begun.map(({ sequence }) => sequence)
    // Two may be under way at a time, so neighbours may change places; nothing overtakes by more than a place in the lane.
    for (const [place, sequence] of sequences.entries())
      expect(Math.abs(sequence - Math.min(...sequences) - place)).toBeLessThan(16)
  })

  test('only events of the selected types since the creation of the endpoint are sent', async () => {
    await webhooks.emit(3)
    const [all, orders, stock] = [
      await endpoint(),
      await endpoint({ eventTypes: ['order_status_changed', 'order_created'] }),
      await endpoint({ eventTypes: ['stock_low'] }),
    ]
    await webhooks.emit(2)
    await soon(async () => {
      expect([await statuses(all.id), await statuses(orders.id)]).toEqual([
        ['SUCCEEDED', 'SUCCEEDED'],
        ['SUCCEEDED', 'SUCCEEDED'],
      ])
    })
    expect(await webhooks.deliveries(stock.id)).toEqual([])
    const { last } = await storeline.app.log.bounds(storeline.shop.merchantId)
    expect((await webhooks.endpoint(stock.id)).cursor, 'it has read on').toBe(last)
  })

  test('hanging endpoints delay no other endpoint', async () => {
    const silent: Server = createServer()
    const open = new Set<{ destroy: () => void }>()
    silent.on('connection', (socket) => void open.add(socket.on('error', () => {})))
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
    const { port } = silent.address() as { port: number }
    const hanging = []
    for (let n = 0; n < 5; n++) hanging.push(await endpoint({ url: `http://127.0.0.1:${port}/${n}` }))
    const { id } = await endpoint()
    const { limits } = outgoingOf(storeline.app)
    try {
      await webhooks.emit(40)
      await soon(async () => expect((await statuses(id)).filter((status) => status === 'SUCCEEDED')).toHaveLength(40))
      // None of the others has finished anything, and each holds no more than its two places.
      for (const one of hanging) {
        expect(new Set(await statuses(one.id))).toEqual(new Set(['PENDING']))
        expect(limits.inFlight(one.id)).toBeLessThanOrEqual(2)
      }
    } finally {
      for (const socket of open) socket.destroy()
      await new Promise((done) => silent.close(done))
    }
  })

  test('a dispatch begins first attempts itself, and leaves them to jobs while many others are under way', async () => {
    const { app, shop } = storeline
    const { id } = await endpoint()
    const { limits } = outgoingOf(app)
    const { notifyCommit } = app
    const enqueue = vi.spyOn(app.queues, 'enqueue')
    const signal = new AbortController().signal
    // Jobs for this endpoint that a dispatch asks for. Its events reach no dispatch of their own.
    const jobs = async () => {
      app.notifyCommit = () => {}
      await webhooks.emit().finally(() => void (app.notifyCommit = notifyCommit))
      enqueue.mockClear()
      await dispatchWebhooks(app, shop.merchantId, signal)
      const asked = enqueue.mock.calls.flat().map(({ payload }) => payload as { endpointId?: string })
      return asked.filter(({ endpointId }) => endpointId === id).length
    }
    try {
      expect(await jobs()).toBe(0)
      await soon(async () => expect(await statuses(id)).toEqual(['SUCCEEDED']))
      const slots = Array.from({ length: 64 }, () => limits.acquire(randomUUID(), randomUUID()))
      expect(await jobs()).toBe(1)
      for (const slot of slots) slot?.release()
      await soon(async () => expect(await statuses(id)).toEqual(['SUCCEEDED', 'SUCCEEDED']))
    } finally {
      enqueue.mockRestore()
    }
  })

  test('for a day after a rotation both secrets verify; then only the new one', async () => {
    const { app, shop } = storeline
    const { id, secret: old } = await endpoint()
    const { secret: next } = await rotateSecret(app, shop.owner, { endpointId: id })
    await webhooks.emit()
    const during = await soon(() => receiver.received[0] ?? Promise.reject(new Error('nothing arrived')))
    expect(during.headers['webhook-signature']?.split(' ')).toHaveLength(2)
    expect(verified(old, during)).toEqual(verified(next ?? '', during))

    await webhooks.rows(
      `UPDATE webhook_endpoint SET previous_secret_expires_at = now() - interval '1 second' WHERE id = $1`,
      [id],
    )
    await webhooks.emit()
    const after = await soon(() => receiver.received[1] ?? Promise.reject(new Error('nothing arrived')))
    expect(verified(next ?? '', after)).toMatchObject({ type: 'order_status_changed' })
    expect(() => verified(old, after)).toThrow('No matching signature')
  })

  test('410 disables the endpoint and cancels its pending deliveries', async () => {
    const { app, shop } = storeline
    const { id } = await endpoint()
    await endpoint({ eventTypes: ['stock_low'] })
    receiver.answer(answerWith(410))
    expect(await webhooks.readers()).toBe(2)
    await webhooks.emit()
    await soon(async () => expect((await webhooks.endpoint(id)).status).toBe('FAILED'))
    expect((await webhooks.endpoint(id)).reason).toContain('410')
    expect(await webhooks.deliveries(id)).toMatchObject([{ status: 'FAILED', attemptCount: 1 }])
    expect(await webhooks.readers()).toBe(1)
    const audit = await webhooks.rows<{ actor: string; action: string }>(
      'SELECT actor, action FROM audit_entry WHERE subject_id = $1 ORDER BY at DESC LIMIT 1',
      [id],
    )
    expect(audit).toEqual([{ actor: 'SYSTEM', action: 'webhook_endpoint.switch_off' }])
    await webhooks.emit()
    await dispatchWebhooks(app, shop.merchantId)
    expect(await webhooks.deliveries(id), 'nothing more is made for it').toHaveLength(1)
  })

  test('an endpoint is disabled after five days of failures; one success restarts the five days', async () => {
    const { id } = await endpoint()
    receiver.answer(answerWith(500))
    await webhooks.emit()
    await soon(async () => expect(await statuses(id)).toEqual(['FAILED']))
    expect(await webhooks.deliveries(id)).toMatchObject([{ attemptCount: 10 }])
    expect((await webhooks.endpoint(id)).failingSince).toBeInstanceOf(Date)

    receiver.answer(answerWith(200))
    await webhooks.emit()
    await soon(async () => expect((await webhooks.endpoint(id)).failingSince).toBeNull())

    receiver.answer(answerWith(500))
    await webhooks.rows(
      `UPDATE webhook_endpoint SET failing_since = now() - interval '5 days 1 minute' WHERE id = $1`,
      [id],
    )
    await webhooks.emit(3)
    await soon(async () => expect(await webhooks.endpoint(id)).toMatchObject({ status: 'FAILED' }))
    expect((await webhooks.endpoint(id)).reason).toContain('Every attempt has failed since')
    await soon(async () => expect(await statuses(id)).not.toContain('PENDING'))
  })

  test('the sweeps make up for signals lost at every step', async () => {
    const { app } = storeline
    const { id } = await endpoint()
    const { notifyCommit } = app
    // As if this process had died right after its commit.
    app.notifyCommit = () => {}
    try {
      await webhooks.emit()
    } finally {
      app.notifyCommit = notifyCommit
    }
    await dispatchLost(app, 0)
    await soon(async () => expect(await statuses(id)).toEqual(['SUCCEEDED']))

    // As if a worker had died between claiming and recording, and its job had been lost.
    await webhooks.rows(
      `UPDATE webhook_delivery SET status = 'PENDING', next_attempt_at = now() - interval '1 minute', finished_at = NULL,
         leased_until = now() - interval '1 second' WHERE endpoint_id = $1`,
      [id],
    )
    await sweepOverdue.run(app)
    await soon(async () =>
      expect(await webhooks.deliveries(id)).toMatchObject([{ status: 'SUCCEEDED', attemptCount: 2 }]),
    )
    expect(new Set(receiver.received.map((one) => one.id)).size).toBe(1)
  })

  test('when all jobs are lost, the first delivery that the sweep finds schedules the others', async () => {
    const { id } = await endpoint()
    const many = 80
    await webhooks.emit(many)
    await soon(async () => expect(new Set(await statuses(id))).toEqual(new Set(['SUCCEEDED'])))
    await webhooks.rows(
      `UPDATE webhook_delivery SET status = 'PENDING', next_attempt_at = now() - interval '1 minute', finished_at = NULL
       WHERE endpoint_id = $1`,
      [id],
    )
    await sweepOverdue.run(storeline.app)
    // Four a second, which is what the sweep itself finds, would take twenty.
    const twice = async () => (await webhooks.deliveries(id)).filter(({ attemptCount }) => attemptCount === 2)
    await vi.waitFor(async () => expect(await twice()).toHaveLength(many), { timeout: 10_000, interval: 20 })
  })

  test('every job that runs twice, concurrently or in turn, sends once', async () => {
    const { app, shop } = storeline
    const { merchantId } = shop
    const { id } = await endpoint()
    await webhooks.emit(5)
    await Promise.all([
      dispatchWebhooks(app, merchantId),
      dispatchWebhooks(app, merchantId),
      dispatchWebhooks(app, merchantId),
    ])
    await dispatchWebhooks(app, merchantId)
    await soon(async () => expect((await statuses(id)).filter((status) => status === 'SUCCEEDED')).toHaveLength(5))
    const signal = new AbortController().signal
    for (const { id: deliveryId } of await webhooks.deliveries(id)) {
      const again = { merchantId, endpointId: id, deliveryId }
      await Promise.all([deliverWebhook(app, again, signal), deliverWebhook(app, again, signal)])
    }
    await storeline.drain()
    expect(receiver.received).toHaveLength(5)
  })

  test('an attempt that a stopping worker aborts does not count as a failure and is retried at once', async () => {
    const { app, shop } = storeline
    const { id } = await endpoint()
    const stopping = new AbortController()
    let arrived = () => {}
    const hasArrived = new Promise<void>((done) => (arrived = done))
    receiver.answer(() => arrived())
    const { notifyCommit } = app
    app.notifyCommit = () => {}
    try {
      await webhooks.emit()
    } finally {
      app.notifyCommit = notifyCommit
    }
    const enqueue = vi.spyOn(app.queues, 'enqueue').mockResolvedValue()
    await dispatchWebhooks(app, shop.merchantId)
    enqueue.mockRestore()
    const [delivery] = await webhooks.deliveries(id)
    const job = { merchantId: shop.merchantId, endpointId: id, deliveryId: delivery?.id ?? '' }
    const attempt = deliverWebhook(app, job, stopping.signal)
    await hasArrived
    stopping.abort()
    await expect(attempt).rejects.toThrow()
    expect(await webhooks.deliveries(id)).toMatchObject([{ status: 'PENDING', attemptCount: 0 }])
    receiver.answer(answerWith(200))
    await deliverWebhook(app, job, new AbortController().signal)
    expect(await webhooks.deliveries(id)).toMatchObject([{ status: 'SUCCEEDED', attemptCount: 1 }])
  })

  test('a shop without endpoints costs a commit no job', async () => {
    const { app } = storeline
    expect(await webhooks.readers()).toBe(0)
    const enqueue = vi.spyOn(app.queues, 'enqueue')
    await webhooks.emit()
    const asked = enqueue.mock.calls.flat().map(({ name }) => name)
    enqueue.mockRestore()
    expect(asked).not.toContain(dispatchWebhooksJob.name)
    expect(asked).not.toContain(deliverWebhookJob.name)
  })
})
