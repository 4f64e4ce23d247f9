import { implementJob } from '../jobs/kit.ts'
import { relayEvents } from './jobs.ts'
import { relay } from './relay.ts'

export const relayEventsProcessor = implementJob(relayEvents, async ({ merchantId }, { app }) => {
  await relay(app, merchantId)
})
