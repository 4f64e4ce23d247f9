import type { AppContext } from '../context.ts'
import type { JobRequest } from './kit.ts'

export type Schedule = { request: JobRequest; everyMs: number }

/** Interval at which schedulers are written again, in case the queue has lost its data. */
const RENEW_MS = 60_000

/** Repeats jobs at intervals, once for the whole installation however many workers it has. */
export function startScheduler(app: AppContext, schedules: readonly Schedule[]): AsyncDisposable {
  const renew = async (): Promise<void> => {
    for (const { request, everyMs } of schedules) {
      const { queue, name, payload, attempts, backoffMs } = request
      const opts = {
        attempts,
        backoff: { type: 'exponential', delay: backoffMs },
        removeOnComplete: true,
        removeOnFail: 100,
      }
      await app.queues
        .queue(queue)
        .upsertJobScheduler(name, { every: everyMs }, { name, data: { payload, requestId: null }, opts })
    }
  }
  const tryRenew = () =>
    renew().catch((error: unknown) =>
      app.logger.warn({ err: error }, 'schedules could not be written; trying again in a minute'),
    )
  let last = tryRenew()
  const timer = setInterval(() => {
    last = tryRenew()
  }, RENEW_MS)
  timer.unref()
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await last
    },
  }
}
