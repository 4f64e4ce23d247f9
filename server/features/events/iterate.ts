import { Repeater } from 'graphql-yoga'
import type { AppContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { positionOf, type FeedItem } from '../../events/feed.ts'
import type { StreamRequest } from '../../graphql/stream-field.ts'

/** Items a subscriber may leave unread before it is told to resume. */
const BUFFER = 2_000

/**
 * A subscriber's events as an iterator, for transports that read one by one (server-sent events). It ends at once when
 * returned.
 *
 * @throws AppError SLOW_CONSUMER when more than 2000 items wait.
 */
export function iterateEvents(
  app: AppContext,
  { merchantId, after: cursor, wants }: StreamRequest,
): AsyncIterable<FeedItem> {
  return new Repeater<FeedItem>(async (push, stop) => {
    const start = cursor && (await app.streams.resume(merchantId, cursor))
    const after = start?.sequence
    const ending = new AbortController()
    void stop.then(() => ending.abort())
    const live: FeedItem[] = []
    let position = -1
    let wake = () => {}
    const lease = await app.streams.follow(merchantId, (items) => {
      // A subscriber may come from a node that was ahead of this one.
      for (const item of items) if (after === undefined || sequenceOf(item) > after) live.push(item)
      wake()
    })
    position = lease.from
    try {
      if (start?.gap) await push(start.gap)
      if (after !== undefined) {
        await app.streams.backfill({
          merchantId,
          after,
          upTo: () => position,
          signal: ending.signal,
          deliver: async (items) => {
            for (const item of items) if (wants(item)) await push(item)
          },
        })
      }
      while (!ending.signal.aborted) {
        for (let item = live.shift(); item && !ending.signal.aborted; item = live.shift()) {
          if (live.length > BUFFER)
            throw new AppError(
              'SLOW_CONSUMER',
              'Events were not read fast enough; subscribe again after your last cursor.',
            )
          if (wants(item)) await push(item)
        }
        const more = new Promise<void>((done) => {
          wake = done
        })
        if (live.length === 0) await Promise.race([more, stop])
      }
    } finally {
      lease.stop()
    }
  })
}

const sequenceOf = (item: FeedItem): number => positionOf(item).sequence
