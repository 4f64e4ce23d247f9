import { z } from 'zod'
import { defineJob } from '../jobs/kit.ts'
import { currentWindow } from './debounce.ts'

/** How long a merchant's commits are gathered before the log is relayed. Commit listeners have published them by then. */
export const RELAY_WINDOW_MS = 250

/** Relays the events after the relay offset of a merchant's log. Commits of one debounce window share a job. */
export const relayEvents = defineJob({
  queue: 'relay',
  name: 'relay-events',
  schema: z.object({ merchantId: z.uuid(), window: z.number().int().positive() }),
  id: ({ merchantId, window }) => `${merchantId}.${window}`,
  attempts: 5,
  backoffMs: 200,
})

/** The relay of a commit that happened now. It runs after the window has ended, so that it includes every commit of it. */
export const relayAfterWindow = (merchantId: string) =>
  relayEvents.request({ merchantId, window: currentWindow(RELAY_WINDOW_MS) }, { delayMs: RELAY_WINDOW_MS })
