import { z } from 'zod'
import { defineJob } from '../jobs/kit.ts'

/** How long commits of a shop are gathered before its log is relayed. Screens and jobs have been told by then. */
export const RELAY_SLICE_MS = 250
/** The same for webhook endpoints: they hear of an event only through this, so it is short. */
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
  schema: sliceOf,
  id: sliceId,
  attempts: 5,
  backoffMs: 200,
})

/** The relay of a commit that happened now: it runs when its slice is over, so that no commit comes too late for it. */
export const relayAfterSlice = (merchantId: string) =>
  relayEvents.request({ merchantId, slice: currentSlice(RELAY_SLICE_MS) }, { delayMs: RELAY_SLICE_MS })

/** The dispatch of a commit that happened now, likewise. */
export const dispatchAfterSlice = (merchantId: string) =>
  dispatchWebhooks.request({ merchantId, slice: currentSlice(DISPATCH_SLICE_MS) }, { delayMs: DISPATCH_SLICE_MS })

const currentSlice = (lengthMs: number): number => Math.floor(Date.now() / lengthMs)

/** Remembers which shops this process has named in the current slice of `lengthMs`, to act once. */
export function createSlices(lengthMs: number) {
  let slice = 0
  const asked = new Set<string>()
  return {
    /** Whether this is the shop's first commit in the slice. */
    isNew: (merchantId: string): boolean => {
      if (slice !== currentSlice(lengthMs)) asked.clear()
      slice = currentSlice(lengthMs)
      const isNew = !asked.has(merchantId)
      asked.add(merchantId)
      return isNew
    },
  }
}
