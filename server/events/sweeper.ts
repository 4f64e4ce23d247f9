import type { AppContext } from '../context.ts'
import { asWork } from '../db/work.ts'
import { resolveDeadJobs } from '../jobs/dead-jobs.ts'
import { relayEvents } from './jobs.ts'
import { relay } from './relay.ts'
import { lookUpUnrelayed } from './lookups.ts'

/** A periodic search for work whose signal was lost. */
export type Sweep = { name: string; everyMs: number; run: (app: AppContext) => Promise<void> }

/** Relays the logs of merchants whose signal was lost: Redis was down, or a process died between commit and enqueue. */
export const sweepOutbox: Sweep = {
  name: 'outbox',
  everyMs: 500,
  run: async (app) => {
    const failures: unknown[] = []
    // A failure of one merchant must not delay the others.
    for (const merchantId of await lookUpUnrelayed(app))
      await relayLost(app, merchantId).catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  },
}

/** Relays a log, and resolves the dead job that failed to do so. */
async function relayLost(app: AppContext, merchantId: string): Promise<void> {
  if ((await relay(app, merchantId)) > 0) await resolveDeadJobs(app, merchantId, { name: relayEvents.name, about: {} })
}

/** Runs sweeps until disposed. A failing sweep is logged at most once a minute and runs again after its interval. */
export function startSweeper(app: AppContext, sweeps: readonly Sweep[]): AsyncDisposable {
  const stopping = new AbortController()
  const loops = sweeps.map(async (sweep) => {
    let quietUntil = 0
    while (!stopping.signal.aborted) {
      try {
        await asWork('sweep', () => sweep.run(app))
      } catch (error) {
        if (Date.now() > quietUntil) app.logger.warn({ sweep: sweep.name, err: error }, 'sweep failed; trying again')
        quietUntil = Date.now() + 60_000
      }
      await pause(sweep.everyMs, stopping.signal)
    }
  })
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await Promise.all(loops)
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      done()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
