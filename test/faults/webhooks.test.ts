import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { openGate, type Gate } from '../harness/gate.ts'
import { until, type RunningProcess } from '../harness/processes.ts'
import { startReceiver, type Receiver } from '../harness/receiver.ts'
import { LOCAL_WEBHOOKS, webhooksOf } from '../harness/webhooks.ts'

let fleet: Fleet
let receiver: Receiver
/** The gate between worker and receiver. */
let gate: Gate
let worker: RunningProcess
let webhooks: ReturnType<typeof webhooksOf>

beforeAll(async () => {
  receiver = await startReceiver()
  gate = await openGate(receiver.url)
  fleet = await openFleet({ env: LOCAL_WEBHOOKS })
  webhooks = webhooksOf(fleet.app, fleet.shop)
  worker = await fleet.start('worker')
}, 90_000)

afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await gate?.[Symbol.asyncDispose]()
  await receiver?.[Symbol.asyncDispose]()
})

async function replaceWorker(): Promise<void> {
  worker.kill('SIGKILL')
  await worker.exited
  worker = await fleet.start('worker')
}

/** Ends the leases of a killed worker, which would expire after twenty seconds. */
const endLeases = (endpointId: string) =>
  webhooks.rows(
    `UPDATE webhook_delivery SET leased_until = now() - interval '1 second' WHERE endpoint_id = $1 AND leased_until IS NOT NULL`,
    [endpointId],
  )

const settled = (endpointId: string, count: number) =>
  until('all is delivered', async () => {
    const all = await webhooks.deliveries(endpointId)
    return all.length === count && all.every(({ status }) => status === 'SUCCEEDED')
  })

test('when a worker is killed before the receiver has the event, or before it records the delivery, the event arrives under one id', async () => {
  const { id } = await webhooks.create({ url: gate.url })
  for (const verdict of ['hold-request', 'hold-answer'] as const) {
    gate.judge(() => verdict)
    const before = receiver.received.length
    await webhooks.emit()
    await gate.nextHeld()
    expect(receiver.received.length - before).toBe(verdict === 'hold-request' ? 0 : 1)
    gate.judge(() => 'pass')
    await replaceWorker()
    await endLeases(id)
    await settled(id, verdict === 'hold-request' ? 1 : 2)
    const arrived = receiver.received.slice(before)
    expect(arrived).toHaveLength(verdict === 'hold-request' ? 1 : 2)
    expect(new Set(arrived.map((one) => one.id)).size).toBe(1)
    expect(new Set(arrived.map((one) => one.body)).size, 'byte for byte the same').toBe(1)
  }
  // The count includes recorded attempts only, so the attempt of the killed worker is missing.
  expect((await webhooks.deliveries(id)).map(({ attemptCount }) => attemptCount)).toEqual([1, 1])
}, 90_000)

test('when a worker is killed before it dispatches and the queue is emptied, every event arrives once', async () => {
  const { id } = await webhooks.create({ url: gate.url })
  gate.judge(() => 'pass')
  const before = receiver.received.length
  worker.kill('SIGSTOP')
  await webhooks.emit(20)
  worker.kill('SIGKILL')
  await worker.exited
  await fleet.app.queues.queue('webhook_delivery').obliterate({ force: true })
  worker = await fleet.start('worker')
  await settled(id, 20)
  const mine = new Set((await webhooks.deliveries(id)).map((one) => one.id))
  const arrived = receiver.received.slice(before).filter((one) => mine.has(one.id))
  expect(arrived).toHaveLength(20)
}, 90_000)

test('when Redis stops while events are committed and delivered, all arrive after it is back', async () => {
  const { id } = await webhooks.create({ url: gate.url })
  gate.judge(() => 'pass')
  await webhooks.emit(5)
  await fleet.redis.stop()
  for (let n = 0; n < 5; n++) await webhooks.emit()
  await fleet.redis.start()
  await settled(id, 10)
  const mine = new Set((await webhooks.deliveries(id)).map((one) => one.id))
  expect(new Set(receiver.received.filter((one) => mine.has(one.id)).map((one) => one.id)).size).toBe(10)
}, 90_000)
