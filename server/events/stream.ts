import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { LogPosition } from './cursor.ts'
import { type FeedItem, type Gap, MerchantFeed } from './feed.ts'
import type { LogReader } from './log.ts'
import type { PubSub } from './pubsub.ts'

const PAGE = 500

export type FeedLease = {
  /** Last sequence that happened before following began: the listener gets everything after it. */
  from: number
  stop: () => void
}

export type BackfillOptions = {
  merchantId: string
  /** Deliver what lies after this sequence … */
  after: number
  /** … up to this one, asked anew for every page. */
  upTo: () => number
  /** May return a promise to slow the reading down. */
  deliver: (items: FeedItem[]) => void | Promise<void>
  signal: AbortSignal
}

/**
 * The live side of the event log in this process. Every event leaves in order and once; a subscription is `backfill` up
 * to where its live part began, then `follow`.
 */
export type EventStreams = AsyncDisposable & {
  /** Listens from now on. The listener gets batches in order, and a gap item for events that retention removed before. */
  follow: (merchantId: string, listener: (items: FeedItem[]) => void) => Promise<FeedLease>
  /**
   * Reads the log between a cursor and `upTo()` and returns the sequence it reached: by the time the caller goes on,
   * `upTo()` may be beyond it. A gap item stands for events that retention has removed, and names the sequence to go on from.
   *
   * @throws AppError CURSOR_INVALID for a cursor beyond the end.
   */
  backfill: (options: BackfillOptions) => Promise<number>
  /**
   * Where a subscriber with this cursor goes on, and what it must be told first: a gap when it has seen events that a
   * restored backup did not hold.
   *
   * @throws AppError CURSOR_INVALID for a cursor that is not of this installation.
   */
  resume: (merchantId: string, cursor: LogPosition) => Promise<{ sequence: number; gap: Gap | null }>
  /** Shops followed now, with how many listen. */
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
        // A feed that could not start is not offered to the next subscriber.
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
        // The log may know more than this process does yet; only what is beyond its end is nonsense.
        if (position > (await deps.log.bounds(merchantId)).last) {
          throw new AppError(
            'CURSOR_INVALID',
            'The event cursor lies beyond the end of the log; start again without one.',
          )
        }
        return position
      }
      while (position < upTo() && !signal.aborted) {
        const page = (await deps.log.after(merchantId, position, PAGE)).filter((event) => event.sequence <= upTo())
        const first = page[0]
        if (first?.sequence !== position + 1) {
          // Retention has removed what comes next; the subscriber goes on from where the log still reaches.
          position = first ? first.sequence - 1 : upTo()
          const { incarnation } = first ?? (await deps.log.bounds(merchantId))
          await deliver([{ kind: 'gap', cause: 'TRIMMED', sequence: position, incarnation }])
          continue
        }
        position = page.at(-1)?.sequence ?? position
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
