import type { AppContext } from '../context.ts'
import { queryMerchant } from '../db/merchant-query.ts'
import { asWork } from '../db/work.ts'
import { settleSql } from './settle.ts'

/** Events of one commit or of several that follow one another, by sequence. */
type Range = { first: number; last: number }

/** Interval at which offsets are advanced, in ms. Events of one interval are gathered, and relayed at the end of the next. */
const ADVANCE_MS = 300
/** Intervals for which a range waits for the events before it, which another process relays. Afterwards the sweep relays all. */
const MAX_WAITS = 3
/** Merchants whose offsets are advanced at a time. */
const CONCURRENCY = 4

/**
 * Advances the relay offsets of events that this process has relayed. An offset passes no event that was not relayed: it
 * advances over a range only from the event before it. Best effort, because the sweep relays the events after an offset.
 */
export function openRelayOffsets(app: AppContext, lagging: string) {
  let relayed = new Map<string, Range[]>()
  let due = new Map<string, Range[]>()
  const waits = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  const advanceMerchant = async (merchantId: string, ranges: Range[]): Promise<void> => {
    const sorted = merge(ranges)
    while (sorted[0]) {
      const { first, last } = sorted[0]
      if ((await queryMerchant(app, merchantId, advanceSql(lagging), [merchantId, first, last])).length === 0) break
      sorted.shift()
    }
    const waited = (waits.get(merchantId) ?? 0) + 1
    if (sorted.length === 0 || waited > MAX_WAITS) return void waits.delete(merchantId)
    waits.set(merchantId, waited)
    relayed.set(merchantId, [...sorted, ...(relayed.get(merchantId) ?? [])])
  }

  const turn = async (): Promise<void> => {
    const merchants = [...due]
    due = relayed
    relayed = new Map()
    const work = async () => {
      for (let next = merchants.shift(); next; next = merchants.shift())
        await advanceMerchant(...next).catch((error: unknown) =>
          app.logger.debug({ err: error }, 'a relay offset was not advanced; the sweep relays the events again'),
        )
    }
    await asWork('sweep', () => Promise.all(Array.from({ length: CONCURRENCY }, work)))
    timer = undefined
    if (due.size > 0 || relayed.size > 0) start()
  }
  const start = () => {
    timer = setTimeout(() => void turn(), ADVANCE_MS)
    timer.unref()
  }

  return {
    /** Advances the merchant's offset over these events, soon. */
    advance: (merchantId: string, range: Range): void => {
      relayed.set(merchantId, [...(relayed.get(merchantId) ?? []), range])
      if (!timer) start()
    },
  }
}

/** The ranges in order, with those that follow one another joined. */
function merge(ranges: readonly Range[]): Range[] {
  const merged: Range[] = []
  for (const range of ranges.toSorted((one, other) => one.first - other.first)) {
    const before = merged.at(-1)
    if (before && range.first <= before.last + 1) before.last = Math.max(before.last, range.last)
    else merged.push({ ...range })
  }
  return merged
}

// A crash of the database that loses the offset has events relayed again, so the commit need not wait for the disk.
const advanceSql = (lagging: string): string => `
  WITH asynchronous AS (SELECT set_config('synchronous_commit', 'off', true)), advanced_relay AS (
    UPDATE event_relay SET relayed = greatest(relayed, $3) FROM asynchronous
    WHERE merchant_id = $1 AND relayed >= $2::bigint - 1 RETURNING relayed
  ), settled_log AS (
    ${settleSql({ relayed: 'FROM advanced_relay', lagging })} RETURNING 1
  )
  SELECT 1 AS advanced FROM advanced_relay`
