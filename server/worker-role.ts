import type { AppContext } from './context.ts'
import { startSweeper, sweepOutbox } from './events/sweeper.ts'
import { botWatchdog } from './features/conversations/turns/presence.ts'
import { sweepUnsent } from './features/conversations/messages/sweep.ts'
import { cleanUpJob } from './features/maintenance/jobs.ts'
import { jobDefinitions } from './features/jobs.ts'
import { cleanUpMediaJob } from './features/media/jobs.ts'
import { sweepMedia } from './features/media/sweep.ts'
import { sweepRetries } from './features/queues/retrying.ts'
import { closeUnpaidOrder } from './features/orders/service/transition-order.ts'
import { sweepReservations } from './features/orders/sweep.ts'
import { sweepPayments } from './features/payments/sweep.ts'
import { jobImplementations } from './features/processors.ts'
import { LAGGING_ENDPOINT } from './features/webhooks/deliveries/dispatch.ts'
import { sweepOverdue, sweepUndispatched } from './features/webhooks/deliveries/sweeps.ts'
import { syncAllTemplatesJob } from './features/templates/jobs.ts'
import { startScheduler } from './jobs/scheduler.ts'
import { startWorkers } from './jobs/worker.ts'

/** Sweeps, which find work whose signal was lost. */
const SWEEPS = [
  sweepOutbox({ lagging: LAGGING_ENDPOINT }),
  sweepRetries,
  sweepUnsent,
  sweepReservations,
  sweepPayments({ closeUnpaidOrder }),
  sweepUndispatched,
  sweepOverdue,
  botWatchdog,
  sweepMedia,
]

/** Periodic jobs. */
const SCHEDULES = [
  { request: cleanUpJob.request({}), everyMs: 3600_000 },
  { request: cleanUpMediaJob.request({}), everyMs: 3600_000 },
  { request: syncAllTemplatesJob.request({}), everyMs: 15 * 60_000 },
]

/** Runs jobs, sweeps and periodic jobs in this process. Disposing them lets running jobs finish. */
export function startWorker(app: AppContext): AsyncDisposable[] {
  return [
    startWorkers(app, { definitions: jobDefinitions, implementations: jobImplementations }),
    startSweeper(app, SWEEPS),
    startScheduler(app, SCHEDULES),
  ]
}
