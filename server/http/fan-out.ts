import type { ExecutionResult } from 'graphql'
import type { WebSocket } from 'ws'
import { positionOf, type FeedItem } from '../events/feed.ts'
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

type Member = {
  socket: WebSocket
  prefix: Buffer
  /** What the subscriber has seen already, perhaps at a node that was ahead of this one. */
  after: number
}
type Group = {
  members: Set<Member>
  /** Sequence up to which members have been served. */
  position: number
  /** Subscribers, backfilling or live; the group ends with the last. */
  users: number
  /** An event could not be told, so nothing after it may be. */
  failed: boolean
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
    const remembered = new Map<number | string, Promise<Buffer>>()
    const group: Group = {
      members: new Set(),
      position: -1,
      users: 0,
      failed: false,
      stop: () => {},
      started: Promise.resolve(),
      payload: (item) => {
        const key = item.kind === 'event' ? item.event.sequence : `${item.cause} ${item.sequence}`
        const known = remembered.get(key)
        if (known) return known
        const payload = execute(item).then(serialise)
        if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value as number | string)
        remembered.set(key, payload)
        return payload
      },
    }
    const deliver = async (item: FeedItem): Promise<void> => {
      if (group.failed) return
      const sequence = sequenceOf(item)
      if (request.wants(item)) {
        const payload = await group.payload(item)
        for (const member of group.members) if (sequence > member.after) write(member, payload)
      }
      group.position = sequence
    }
    // Everybody resumes from their cursor, in a new group; those still backfilling notice when they get here.
    const fail = (): void => {
      group.failed = true
      group.stop()
      if (groups.get(key) === group) groups.delete(key)
      for (const { socket } of group.members) sendAway(socket)
    }
    group.started = streams
      .follow(request.merchantId, (items) => {
        for (const item of items) {
          // Executed as soon as it is known and told in its turn: a slow read holds up one event, not each after the other.
          if (request.wants(item)) group.payload(item).catch(() => {})
          tail = tail.then(() => deliver(item)).catch(fail)
        }
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

  const serve = async (
    { request, groupKey }: StreamOperation,
    { socket, operationId, execute }: Subscriber,
    signal: AbortSignal,
  ): Promise<() => void> => {
    const group = groups.get(groupKey) ?? open(groupKey, { request, groupKey }, execute)
    groups.set(groupKey, group)
    group.users++
    const member: Member = {
      socket,
      prefix: Buffer.from(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`),
      after: -1,
    }
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
        const { merchantId } = request
        const { sequence, gap } = await streams.resume(merchantId, request.after)
        if (gap) await deliver([gap])
        member.after = sequence
        let after = sequence
        do {
          after = await streams.backfill({ merchantId, after, upTo: () => group.position, signal, deliver })
          // The group may have moved on between the backfill's last look and this tick.
        } while (after < group.position && !signal.aborted)
      }
      if (group.failed) throw new Error('The group ended while a subscriber was on its way to it')
    } catch (error) {
      leave()
      // The cursor is the client's to correct; anything else passes, and the client resumes by itself.
      if (error instanceof AppError && error.code === 'CURSOR_INVALID') throw error
      sendAway(socket)
      return () => {}
    }
    // Nothing was awaited since the group's position was reached: no event can fall in between.
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

const sequenceOf = (item: FeedItem): number => positionOf(item).sequence

const sendAway = (socket: WebSocket): void =>
  socket.close(TRY_AGAIN_LATER, 'Events cannot be read now; resume after your last cursor')

/** @throws when the result is not what the subscriber must be told: an event may come late, but never broken. */
function serialise(result: ExecutionResult): Buffer {
  const passing = result.errors?.find(
    (error) => error.extensions.code === 'UNAVAILABLE' || error.extensions.code === 'INTERNAL',
  )
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
  let left: Promise<void> | undefined
  const leaveGroup = async () => {
    ending.abort()
    const stop = await leave?.catch(() => undefined)
    stop?.()
  }
  // Ended twice it must not take somebody else out of the group.
  const end = () => (left ??= leaveGroup())
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
