import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { LogPosition } from './cursor.ts'
import { type FeedItem, type Gap, MerchantFeed } from './feed.ts'
import type { EventRecord } from './kit.ts'
import type { LogReader } from './log.ts'
import type { PubSub } from './pubsub.ts'

const PAGE = 500

export type FollowedFeed = {
  /** Last sequence before the follower joined: the listener gets every event after it. */
  from: number
  stop: () => void
}

export type BackfillOptions = {
  merchantId: string
  /** Events after this sequence are delivered. */
  after: number
  /** Sequence of the last event to deliver, read again for every page. */
  upTo: () => number
  /** May return a promise, which the reading waits for (backpressure). */
  deliver: (items: FeedItem[]) => void | Promise<void>
  signal: { readonly aborted: boolean }
}

/**
 * Live events of this process. Every follower gets every event once and in order. A subscription is a `backfill` up to the
 * sequence at which it began to `follow`.
 */
export type EventStreams = AsyncDisposable & {
  /** Follows from now on. The listener gets events in order, in batches, and a gap item for events that retention has removed. */
  follow: (merchantId: string, listener: (items: FeedItem[]) => void) => Promise<FollowedFeed>
  /**
   * Reads the log between a cursor and `upTo()` and returns the sequence it reached; `upTo()` may be beyond it by then. A gap
   * item stands for events that retention has removed, and has the sequence to resume after.
   *
   * @throws AppError CURSOR_INVALID for a cursor beyond the end.
   */
  backfill: (options: BackfillOptions) => Promise<number>
  /**
   * Finds the sequence after which a subscriber with this cursor resumes, and a gap to deliver first when it has read events
   * that a restored backup does not contain.
   *
   * @throws AppError CURSOR_INVALID for a cursor that is not of this installation.
   */
  resume: (merchantId: string, cursor: LogPosition) => Promise<{ sequence: number; gap: Gap | null }>
  /** Merchants whose log is followed now, with their numbers of subscriptions. */
  feeds: () => { merchantId: string; users: number }[]
}

export function createEventStreams(deps: {
  log: LogReader
  pubsub: PubSub
  logger: Logger
  heartbeatMs?: number
}): EventStreams {
  const feeds = new Map<string, MerchantFeed>()
  const { heartbeatMs = 5_000 } = deps

  const leave = (feed: MerchantFeed): void => {
    if (--feed.users > 0) return
    feed.stop()
    if (feeds.get(feed.merchantId) === feed) feeds.delete(feed.merchantId)
  }

  return {
    follow: async (merchantId, listener) => {
      const feed = feeds.get(merchantId) ?? new MerchantFeed(merchantId, { ...deps, heartbeatMs })
      feeds.set(merchantId, feed)
      feed.users++
      try {
        await feed.start()
      } catch (error) {
        // The next subscriber must not get a feed that failed to start.
        if (feeds.get(merchantId) === feed) feeds.delete(merchantId)
        leave(feed)
        throw new AppError(
          'UNAVAILABLE',
          'Live events cannot be followed at the moment; subscribe again after your last cursor.',
          { cause: error },
        )
      }
      const unfollow = feed.follow(listener)
      let stopped = false
      const stop = () => {
        if (stopped) return
        stopped = true
        unfollow()
        leave(feed)
      }
      return { from: feed.lastSequence, stop }
    },
    backfill: async ({ merchantId, after, upTo, deliver, signal }) => {
      let position = after
      if (position > upTo()) {
        // The log may be ahead of this process; only a cursor beyond the log's end is invalid.
        if (position > (await deps.log.bounds(merchantId)).last) {
          throw new AppError(
            'CURSOR_INVALID',
            'The event cursor lies beyond the end of the log; start again without one.',
          )
        }
        return position
      }
      const read = (): Promise<EventRecord[]> => {
        const reading = deps.log.after(merchantId, position, PAGE)
        // A page that was read ahead is dropped when the delivery before it fails.
        reading.catch(() => {})
        return reading
      }
      let next: Promise<EventRecord[]> | undefined
      while (position < upTo() && !signal.aborted) {
        const page = (await (next ?? read())).filter((event) => event.sequence <= upTo())
        next = undefined
        const first = page[0]
        if (first?.sequence !== position + 1) {
          // Retention has removed the next events; the subscriber resumes at the first one that is left.
          position = first ? first.sequence - 1 : upTo()
          const { incarnation } = first ?? (await deps.log.bounds(merchantId))
          await deliver([{ kind: 'gap', cause: 'TRIMMED', sequence: position, incarnation }])
          continue
        }
        position = page.at(-1)?.sequence ?? position
        // While this page is executed and sent, the database reads the next one.
        if (page.length === PAGE && position < upTo()) next = read()
        await deliver(page.map((event): FeedItem => ({ kind: 'event', event })))
      }
      return position
    },
    resume: async (merchantId, cursor) => {
      const incarnation = feeds.get(merchantId)?.incarnation ?? (await deps.log.bounds(merchantId)).incarnation
      if (cursor.incarnation === incarnation) return { sequence: cursor.sequence, gap: null }
      const { sequence, forked } = await deps.log.resume(merchantId, cursor)
      return { sequence, gap: forked ? { kind: 'gap', cause: 'RESTORED', sequence, incarnation } : null }
    },
    feeds: () => [...feeds.values()].map((feed) => ({ merchantId: feed.merchantId, users: feed.users })),
    [Symbol.asyncDispose]: async () => {
      for (const feed of feeds.values()) feed.stop()
      feeds.clear()
    },
  }
}
