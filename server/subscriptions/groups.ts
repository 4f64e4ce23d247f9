import type { ExecutionResult } from 'graphql'
import { positionOf, type FeedItem, type Gap } from '../events/feed.ts'
import type { EventStreams } from '../events/stream.ts'
import type { StreamOperation } from '../graphql/stream-field.ts'
import { cachePayloads } from './payloads.ts'
import { sendPayload, waitUntilDrained, type Sink } from './sink.ts'

/** Executes the operation for one item, once for the whole group. */
export type Execute = (item: FeedItem) => Promise<ExecutionResult>

export type Groups = {
  /**
   * Joins the group of an operation, or opens it.
   *
   * @throws AppError CURSOR_INVALID for a cursor beyond the end of the log, UNAVAILABLE when the log cannot be followed.
   */
  join: (operation: StreamOperation, execute: Execute) => Promise<Membership>
  stats: () => { groups: number; subscribers: number }
}

export type Membership = {
  /** Sends the backlog after the subscriber's cursor, then live events with the group. Resolves once it is live. */
  follow: (sink: Sink) => Promise<void>
  leave: () => void
}

type Member = {
  sink: Sink
  /** Sequence of the last event the subscriber has seen, perhaps at a node that was ahead of this one. */
  after: number
}
type Group = {
  members: Set<Member>
  /** Sequence up to which members have been sent events. */
  position: number
  /** Subscribers, backfilling or live. The group ends with the last one. */
  users: number
  /** An event could not be sent, so no later event may be. */
  failed: boolean
  started: Promise<void>
  stop: () => void
  payload: (item: FeedItem) => Promise<Buffer>
}

/**
 * Serves subscribers with the same payloads as one group: each event is executed and serialised once, and the same bytes go
 * to every sink, whatever its transport.
 */
export function createGroups(streams: EventStreams): Groups {
  const groups = new Map<string, Group>()

  const open = (key: string, { request }: StreamOperation, execute: Execute): Group => {
    let tail = Promise.resolve()
    const group: Group = {
      members: new Set(),
      position: -1,
      users: 0,
      failed: false,
      stop: () => {},
      started: Promise.resolve(),
      payload: cachePayloads(async (item) => serialise(await execute(item))),
    }
    const tell = async (item: FeedItem): Promise<void> => {
      if (group.failed) return
      const sequence = sequenceOf(item)
      if (request.wants(item)) {
        const payload = await group.payload(item)
        for (const member of group.members) if (sequence > member.after) sendPayload(member.sink, payload)
      }
      group.position = sequence
    }
    // Subscribers resume from their cursors in a new group; those still backfilling notice when they go live.
    const fail = (): void => {
      group.failed = true
      group.stop()
      if (groups.get(key) === group) groups.delete(key)
      for (const { sink } of group.members) sink.end('UNREADABLE')
    }
    group.started = streams
      .follow(request.merchantId, (items) => {
        for (const item of items) {
          // Execution starts at once, sending stays in order: slow reads of several events overlap.
          if (request.wants(item)) group.payload(item).catch(() => {})
          tail = tail.then(() => tell(item)).catch(fail)
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

  const join = async (operation: StreamOperation, execute: Execute): Promise<Membership> => {
    const { request, groupKey } = operation
    const { merchantId, wants } = request
    const group = groups.get(groupKey) ?? open(groupKey, operation, execute)
    groups.set(groupKey, group)
    group.users++
    // An AbortController would be half a kilobyte for each subscriber.
    const signal = { aborted: false }
    let member: Member | undefined
    const leave = () => {
      // A second call must not count another subscriber out of the group.
      if (signal.aborted) return
      signal.aborted = true
      if (member) group.members.delete(member)
      if (--group.users > 0) return
      group.stop()
      if (groups.get(groupKey) === group) groups.delete(groupKey)
    }
    const backfill = (after: number, send: (items: FeedItem[]) => Promise<void>) =>
      streams.backfill({ merchantId, after, upTo: () => group.position, signal, deliver: send })

    const follow = async (sink: Sink): Promise<void> => {
      const send = async (items: FeedItem[]) => {
        for (const item of items) {
          if (signal.aborted) return
          if (!wants(item)) continue
          sendPayload(sink, await group.payload(item))
          await waitUntilDrained(sink)
        }
      }
      if (gap) await send([gap])
      let after = from
      // The group may have moved on between the backfill's last look and this tick.
      while (after < group.position && !signal.aborted) after = await backfill(after, send)
      if (group.failed) throw new Error('The group ended while a subscriber was on its way to it')
      // Nothing was awaited since the group's position was reached: no event can fall in between.
      if (signal.aborted) return
      member = { sink, after }
      group.members.add(member)
    }

    let from: number
    let gap: Gap | null = null
    try {
      await group.started
      from = group.position
      if (request.after) ({ sequence: from, gap } = await streams.resume(merchantId, request.after))
      // A cursor ahead of this node is checked now, while the subscription can still be refused.
      if (from > group.position) await backfill(from, async () => {})
    } catch (error) {
      leave()
      throw error
    }
    return { follow, leave }
  }

  return {
    join,
    stats: () => ({
      groups: groups.size,
      subscribers: [...groups.values()].reduce((sum, group) => sum + group.members.size, 0),
    }),
  }
}

const sequenceOf = (item: FeedItem): number => positionOf(item).sequence

/** @throws when the result holds a transient error: an event may come late, but not incomplete. */
function serialise(result: ExecutionResult): Buffer {
  const passing = result.errors?.find(
    (error) => error.extensions.code === 'UNAVAILABLE' || error.extensions.code === 'INTERNAL',
  )
  if (passing) throw passing
  return Buffer.from(JSON.stringify(result))
}
