import { EventEmitter } from 'node:events'
import { createLogger } from '../logger.ts'
import type { EventRecord } from './kit.ts'
import type { LogReader } from './log.ts'
import type { PubSub } from './pubsub.ts'

export const MERCHANT = '00000000-0000-7000-8000-000000000001'

export const eventOf = (sequence: number): EventRecord => ({
  id: `event ${sequence}`,
  merchantId: MERCHANT,
  sequence,
  incarnation: '',
  type: 'bot_connected',
  version: 1,
  subjectId: MERCHANT,
  data: {},
  actor: 'test',
  requestId: null,
  occurredAt: '2026-11-23T00:00:00.000Z',
})

/** A log in memory, whose reads the test can fail or delay, and a pub/sub whose messages the test publishes. */
export function createFakeLog() {
  const state = { last: 0, trimmed: 0, failing: false, reads: 0 }
  let beforeRead: () => Promise<void> = async () => {}
  const log: Pick<LogReader, 'bounds' | 'after' | 'resume'> = {
    bounds: async () => {
      await beforeRead()
      if (state.failing) throw new Error('the database is away')
      return { last: state.last, trimmed: state.trimmed, incarnation: '' }
    },
    resume: async (_merchantId, { sequence }) => ({ sequence, forked: false }),
    after: async (_merchantId, sequence, limit) => {
      state.reads++
      const first = Math.max(sequence, state.trimmed) + 1
      const page = Array.from({ length: Math.max(0, Math.min(limit, state.last - first + 1)) }, (_none, index) =>
        eventOf(first + index),
      )
      await beforeRead()
      if (state.failing) throw new Error('the database is away')
      return page
    },
  }
  const signals = new EventEmitter()
  const pubsub: PubSub = {
    publish: async () => {},
    subscribe: async (_topic, _id, listener) => {
      const receive = listener as (message: EventRecord[]) => void
      signals.on('events', receive)
      return () => void signals.off('events', receive)
    },
    onReconnect: (listener) => {
      signals.on('reconnect', listener)
      return () => void signals.off('reconnect', listener)
    },
    [Symbol.asyncDispose]: async () => {},
  }
  return {
    state,
    deps: { log: log as LogReader, pubsub, logger: createLogger('silent') },
    /** Commits `count` events. */
    commit: (count = 1): void => void (state.last += count),
    /** Publishes events by sequence, in the order given; they need not be all. */
    publish: (...sequences: number[]): void => void signals.emit('events', sequences.map(eventOf)),
    reconnect: (): void => void signals.emit('reconnect'),
    listeners: (): number => signals.listenerCount('events') + signals.listenerCount('reconnect'),
    /** Every read waits for this, after it has seen the log. */
    readsWaitFor: (wait: () => Promise<void>): void => void (beforeRead = wait),
  }
}
export type FakeLog = ReturnType<typeof createFakeLog>

/** 1, 2, … after `from`, up to and with `to`. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_none, index) => from + 1 + index)
