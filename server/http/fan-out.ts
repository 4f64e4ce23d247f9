import type { ExecutionResult } from 'graphql'
import type { WebSocket } from 'ws'
import type { FeedItem } from '../events/feed.ts'
import type { EventStreams } from '../events/stream.ts'
import { AppError } from '../errors.ts'
import type { StreamOperation } from '../graphql/stream-field.ts'

/** A socket that lets this many bytes pile up is closed; its client resumes after its last cursor. */
const MAX_BUFFERED = 4 * 1024 * 1024
/** Backfill pauses above this. */
const HIGH_WATER = 512 * 1024
/** RFC 6455 registry: "Try Again Later"; graphql-ws clients reconnect after it. */
const TRY_AGAIN_LATER = 1013
const REMEMBERED = 512

export type FanOut = {
  /** Serves a stream operation; the iterator stays silent, ends on `return`, and throws what goes wrong. */
  join: (operation: StreamOperation, subscriber: Subscriber) => AsyncGenerator<never, void>
  stats: () => { groups: number; subscribers: number }
}

export type Subscriber = {
  socket: WebSocket
  /** Id of the operation on its socket. */
  operationId: string
  /** Executes the operation for one item; shared with the whole group. */
  execute: (item: FeedItem) => Promise<ExecutionResult>
}

type Member = { socket: WebSocket; prefix: Buffer }
type Group = {
  members: Set<Member>
  /** Sequence up to which members have been served. */
  position: number
  /** Subscribers, backfilling or live; the group ends with the last. */
  users: number
  started: Promise<void>
  stop: () => void
  payload: (item: FeedItem) => Promise<Buffer>
}

/**
 * Serves subscribers who would be sent the same payloads as one group: each event is executed and serialised once and
 * written to every socket; only the operation's id before it differs.
 */
export function createFanOut(streams: EventStreams): FanOut {
  const groups = new Map<string, Group>()

  const open = (key: string, { request }: StreamOperation, execute: Subscriber['execute']): Group => {
    let tail = Promise.resolve()
    const remembered = new Map<number, Promise<Buffer>>()
    const group: Group = {
      members: new Set(),
      position: -1,
      users: 0,
      stop: () => {},
      started: Promise.resolve(),
      payload: (item) => {
        const sequence = item.kind === 'event' ? item.event.sequence : -item.sequence
        const known = remembered.get(sequence)
        if (known) return known
        const payload = execute(item).then(serialise)
        if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value as number)
        remembered.set(sequence, payload)
        return payload
      },
    }
    let failed = false
    const deliver = async (item: FeedItem & { kind: 'event' }): Promise<void> => {
      if (failed) return
      if (request.wants(item)) {
        const payload = await group.payload(item)
        for (const member of group.members) write(member, payload)
      }
      group.position = item.event.sequence
    }
    // The event could not be told, so nothing after it may be: everybody resumes from their cursor, in a new group.
    const fail = (): void => {
      failed = true
      group.stop()
      if (groups.get(key) === group) groups.delete(key)
      for (const { socket } of group.members) socket.close(TRY_AGAIN_LATER, 'Events cannot be read now; resume after your last cursor')
    }
    group.started = streams
      .follow(request.merchantId, (events) => {
        for (const event of events) tail = tail.then(() => deliver({ kind: 'event', event })).catch(fail)
      })
      .then((lease) => {
        group.position = Math.max(group.position, lease.from)
        group.stop = lease.stop
      })
    group.started.catch(() => {
      if (groups.get(key) === group) groups.delete(key)
    })
    return group
  }

  const serve = async ({ request, groupKey }: StreamOperation, { socket, operationId, execute }: Subscriber, signal: AbortSignal): Promise<() => void> => {
    const group = groups.get(groupKey) ?? open(groupKey, { request, groupKey }, execute)
    groups.set(groupKey, group)
    group.users++
    const member: Member = { socket, prefix: Buffer.from(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`) }
    const leave = () => {
      group.members.delete(member)
      if (--group.users > 0) return
      group.stop()
      if (groups.get(groupKey) === group) groups.delete(groupKey)
    }
    const deliver = async (items: FeedItem[]) => {
      for (const item of items) {
        if (!request.wants(item)) continue
        write(member, await group.payload(item))
        if (socket.bufferedAmount > HIGH_WATER) await drained(socket)
      }
    }
    try {
      await group.started
      if (request.after !== undefined) {
        const { merchantId, after } = request
        await streams.backfill({ merchantId, after, upTo: () => group.position, signal, deliver })
      }
    } catch (error) {
      leave()
      // The cursor is the client's to correct; anything else passes, and the client resumes by itself.
      if (error instanceof AppError && error.code === 'CURSOR_INVALID') throw error
      socket.close(TRY_AGAIN_LATER, 'Events cannot be read now; resume after your last cursor')
      return () => {}
    }
    // Nothing was awaited since the backfill reached the group's position: no event can fall in between.
    if (!signal.aborted) group.members.add(member)
    return leave
  }

  return {
    join: (operation, subscriber) => silent((signal) => serve(operation, subscriber, signal)),
    stats: () => ({
      groups: groups.size,
      subscribers: [...groups.values()].reduce((sum, group) => sum + group.members.size, 0),
    }),
  }
}

/** @throws when the result is not what the subscriber must be told: an event may come late, but never broken. */
function serialise(result: ExecutionResult): Buffer {
  const passing = result.errors?.find((error) => error.extensions.code === 'UNAVAILABLE' || error.extensions.code === 'INTERNAL')
  if (passing) throw passing
  return Buffer.from(`${JSON.stringify(result)}}`)
}

function write({ socket, prefix }: Member, payload: Buffer): void {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount > MAX_BUFFERED) {
    socket.close(TRY_AGAIN_LATER, 'Too slow: resume after your last cursor')
    // A peer that does not read will not answer the close either.
    setTimeout(() => socket.terminate(), 5_000).unref()
    return
  }
  socket.send(Buffer.concat([prefix, payload]), { binary: false, compress: false })
}

const drained = (socket: WebSocket): Promise<void> =>
  new Promise((done) => {
    const check = () => {
      if (socket.readyState !== socket.OPEN || socket.bufferedAmount <= HIGH_WATER) done()
      else setTimeout(check, 10)
    }
    check()
  })

/** An iterator without values that keeps an operation open: it runs `start`, then waits for `return`. */
function silent(start: (signal: AbortSignal) => Promise<() => void>): AsyncGenerator<never, void> {
  const ending = new AbortController()
  let leave: Promise<() => void> | undefined
  const ended = new Promise<void>((done) => ending.signal.addEventListener('abort', () => done()))
  const end = async () => {
    ending.abort()
    const stop = await leave?.catch(() => undefined)
    stop?.()
  }
  const over = { value: undefined, done: true } as const
  return {
    next: async () => {
      if (!ending.signal.aborted) {
        leave ??= start(ending.signal)
        await leave
        await ended
      }
      return over
    },
    return: async () => {
      await end()
      return over
    },
    throw: async (error) => {
      await end()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: end,
  }
}
