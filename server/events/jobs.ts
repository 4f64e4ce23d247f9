import { z } from 'zod'
import { defineJob } from '../jobs/kit.ts'

/** How long commits of a shop are gathered before its log is relayed. Screens and jobs have been told by then. */
export const RELAY_SLICE_MS = 250

/** Relays what a shop's log holds beyond the mark. Commits of the same slice of time share one job. */
export const relayEvents = defineJob({
  queue: 'relay',
  name: 'relay-events',
  schema: z.object({ merchantId: z.uuid(), slice: z.number().int().positive() }),
  id: ({ merchantId, slice }) => `${merchantId}.${slice}`,
  attempts: 5,
  backoffMs: 200,
})

/** The relay of a commit that happened now: it runs when its slice is over, so that no commit comes too late for it. */
export const relayAfterSlice = (merchantId: string) =>
  relayEvents.request({ merchantId, slice: currentSlice() }, { delayMs: RELAY_SLICE_MS })

const currentSlice = (): number => Math.floor(Date.now() / RELAY_SLICE_MS)

/** Remembers which shops this process has asked to be relayed in the current slice, to ask once. */
export function createSlices() {
  let slice = 0
  const asked = new Set<string>()
  return {
    /** Whether this is the shop's first commit in the slice. */
    isNew: (merchantId: string): boolean => {
      if (slice !== currentSlice()) asked.clear()
      slice = currentSlice()
      const isNew = !asked.has(merchantId)
      asked.add(merchantId)
      return isNew
    },
  }
}
