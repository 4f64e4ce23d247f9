import { z } from 'zod'
import { defineJob } from '../jobs/kit.ts'
import type { LogPosition } from './cursor.ts'

/** How long commits of a shop are gathered before its log is relayed. Screens and jobs have been told by then. */
export const RELAY_SLICE_MS = 250
/** The same for webhook endpoints, which have not been told: the first commit does not wait for it. */
export const DISPATCH_SLICE_MS = 50

const sliceOf = z.object({ merchantId: z.uuid(), slice: z.number().int().positive() })
const sliceId = ({ merchantId, slice }: z.infer<typeof sliceOf>): string => `${merchantId}.${slice}`

/** Relays what a shop's log holds beyond the mark. Commits of the same slice of time share one job. */
export const relayEvents = defineJob({
  queue: 'relay',
  name: 'relay-events',
  schema: sliceOf,
  id: sliceId,
  attempts: 5,
  backoffMs: 200,
})

/** Makes deliveries of what a shop's log holds beyond the cursors of its webhook endpoints. */
export const dispatchWebhooks = defineJob({
  queue: 'webhook_delivery',
  name: 'dispatch-webhooks',
  schema: z.object({ merchantId: z.uuid(), mark: z.string().max(40) }),
  id: ({ merchantId, mark }) => `${merchantId}.${mark}`,
  attempts: 5,
  backoffMs: 200,
})

/** The relay of a commit that happened now: it runs when its slice is over, so that no commit comes too late for it. */
export const relayAfterSlice = (merchantId: string) =>
  relayEvents.request({ merchantId, slice: currentSlice(RELAY_SLICE_MS) }, { delayMs: RELAY_SLICE_MS })

/**
 * The dispatch of a commit that is its shop's `nth` in the slice and ends at `end`: of the first one at
 * once, of those that follow together when the slice is over. Null when that has been asked for.
 */
export function dispatchOf(merchantId: string, { nth, end }: { nth: number; end: LogPosition }) {
  // A queue may still know the job of an event that had this sequence before a backup was restored.
  if (nth === 1) return dispatchWebhooks.request({ merchantId, mark: `e${end.sequence}${end.incarnation}` })
  const mark = `s${currentSlice(DISPATCH_SLICE_MS)}`
  return nth === 2 ? dispatchWebhooks.request({ merchantId, mark }, { delayMs: DISPATCH_SLICE_MS }) : null
}

const currentSlice = (lengthMs: number): number => Math.floor(Date.now() / lengthMs)

/** Counts each shop's commits of this process in the current slice of `lengthMs`. */
export function createSlices(lengthMs: number) {
  let slice = 0
  const counts = new Map<string, number>()
  return {
    /** Which commit of the shop in the slice this is, from 1. */
    count: (merchantId: string): number => {
      if (slice !== currentSlice(lengthMs)) counts.clear()
      slice = currentSlice(lengthMs)
      const nth = (counts.get(merchantId) ?? 0) + 1
      counts.set(merchantId, nth)
      return nth
    },
  }
}
