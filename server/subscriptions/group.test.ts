import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createEventStreams } from '../events/stream.ts'
import { createFakeLog, MERCHANT } from '../events/testing.ts'
import { createGroups } from './groups.ts'
import type { Sink } from './sink.ts'

/** A sink that notes the sequences of each write. */
function createFakeSink(): Sink & { writes: number[][] } {
  const writes: number[][] = []
  let held: number[] | undefined
  return {
    writes,
    transport: 'websocket',
    isOpen: () => true,
    buffered: () => 0,
    send: (json) => {
      const { data } = JSON.parse(json.toString()) as { data: { sequence: number } }
      if (held) held.push(data.sequence)
      else writes.push([data.sequence])
    },
    together: (sends) => {
      held = []
      sends()
      writes.push(held)
      held = undefined
    },
    end: () => {},
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn()
}

test('events that are ready in one turn of the event loop reach a sink in one write, in order', async () => {
  const fake = createFakeLog()
  const groups = createGroups(createEventStreams({ ...fake.deps, heartbeatMs: 60_000 }))
  const sink = createFakeSink()
  const answers = new Map<number, () => void>()
  const request = { merchantId: MERCHANT, after: undefined, wants: () => true }
  const membership = await groups.join({ request, groupKey: 'all' }, async (item) => {
    if (item.kind === 'gap') return { data: {} }
    await new Promise<void>((done) => answers.set(item.event.sequence, done))
    return { data: { sequence: item.event.sequence } }
  })
  await membership.follow(sink)
  fake.commit(4)
  fake.publish(1, 2, 3, 4)
  await settle()
  for (const sequence of [3, 2, 1]) answers.get(sequence)?.()
  await settle()
  answers.get(4)?.()
  await settle()
  expect(sink.writes).toEqual([[1, 2, 3], [4]])
  membership.leave()
})
