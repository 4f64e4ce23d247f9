import type { AppContext } from '../context.ts'
import { asWork } from '../db/work.ts'
import { resolveDeadJobs } from '../jobs/dead-jobs.ts'
import { relayEvents } from './jobs.ts'
import { relay } from './relay.ts'
import { lookUpUnrelayed, lookUpUnsettled } from './lookups.ts'
import { settleLog } from './settle.ts'
import { openSweepLease } from './sweep-lease.ts'

/** A periodic search for work whose signal was lost. */
export type Sweep = { name: string; everyMs: number; run: (app: AppContext) => Promise<void> }

/** The process that commits an event has this long to relay it, in ms: more than `openRelayOffsets` takes. */
const RELAY_MS = 1_000

/**
 * Relays the logs of merchants whose process failed to: Redis was down, or the process died after the commit. Settles those
 * that have nothing left to do. `lagging` is as for `settleLog`.
 */
export const sweepOutbox = ({ lagging }: { lagging: string }): Sweep => ({
  name: 'outbox',
  everyMs: 1_000,
  run: (app) => relayLost(app, { lagging, olderThanMs: RELAY_MS }),
})

/** Relays and settles the logs that have been unsettled for `olderThanMs`. */
export async function relayLost(
  app: AppContext,
  { lagging, olderThanMs }: { lagging: string; olderThanMs: number },
): Promise<void> {
  const failures: unknown[] = []
  const unsettled = await lookUpUnsettled(app, olderThanMs)
  const unrelayed = new Set(unsettled.length > 0 ? await lookUpUnrelayed(app) : [])
  // A failure of one merchant must not delay the others.
  for (const merchantId of unsettled) {
    try {
      if (unrelayed.has(merchantId)) await relayAgain(app, merchantId, olderThanMs)
      await settleLog(app, merchantId, lagging)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/** Relays a log, and resolves the dead job that failed to do so. */
async function relayAgain(app: AppContext, merchantId: string, minAgeMs: number): Promise<void> {
  if ((await relay(app, merchantId, { minAgeMs })) > 0)
    await resolveDeadJobs(app, merchantId, { name: relayEvents.name, about: {} })
}

/** How long a sweep waits at most for the one that began before it, in ms: a long sweep must not hold up the others. */
const TURN_MS = 200

/**
 * Runs sweeps until disposed, in the worker that holds the lease. A failing sweep is logged at most once a minute and runs
 * again after its interval. Sweeps that are due together take turns, so that when nothing happens one connection does for all:
 * a connection of its own would plan the same statements again, which costs more than to execute them.
 */
export function startSweeper(app: AppContext, sweeps: readonly Sweep[]): AsyncDisposable {
  const stopping = new AbortController()
  const lease = openSweepLease(app)
  const inTurn = openTurns(TURN_MS)
  const loops = sweeps.map(async (sweep) => {
    let quietUntil = 0
    while (!stopping.signal.aborted) {
      await lease.held(stopping.signal)
      if (stopping.signal.aborted) return
      try {
        await inTurn(() => asWork('sweep', () => sweep.run(app)))
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
      await lease[Symbol.asyncDispose]()
    },
  }
}

/** Begins each piece of work when the one before has ended, or has taken `mostMs` since. */
function openTurns(mostMs: number): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  return (work) => {
    const before = new AbortController()
    void last.then(() => before.abort())
    const running = pause(mostMs, before.signal).then(work)
    last = running.catch(() => {})
    return running
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
