import { DelayedError, type Job, type Worker } from 'bullmq'
import type { AppContext } from '../context.ts'
import { withRequestId } from '../http/request-id.ts'
import { type JobImplementation, matchProcessors, QUEUES, type QueueName, TryLaterError } from './kit.ts'

const CONCURRENCY: Record<QueueName, number> = {
  relay: 8,
  order_processing: 8,
  message_sending: 24,
  // A picture at work takes a core and up to 200 MB.
  media_processing: 2,
  // Nearly all of an attempt is waiting for somebody else's server.
  webhook_delivery: 64,
  maintenance: 2,
}

/**
 * Runs every queue in this process until disposed. Disposing lets running jobs finish for `drainMs`, then aborts them;
 * what is aborted runs again elsewhere.
 *
 * @throws Error at boot when a job has no implementation, or more than one.
 */
export function startWorkers(
  app: AppContext,
  {
    definitions,
    implementations,
    drainMs = 8_000,
  }: { definitions: readonly { name: string }[]; implementations: readonly JobImplementation[]; drainMs?: number },
): AsyncDisposable & { workers: Worker[] } {
  const byName = matchProcessors(definitions, implementations)
  const stopping = new AbortController()

  const process = async (job: Job, token?: string) => {
    const implementation = byName.get(job.name)
    if (!implementation) throw new Error(`No implementation for job "${job.name}"; this worker is older than the job.`)
    const { payload, requestId } = job.data as { payload: unknown; requestId: string | null }
    const attempt = job.attemptsMade + 1
    const run = { app, attempt, lastAttempt: attempt >= (job.opts.attempts ?? 1), signal: stopping.signal }
    try {
      await withRequestId(requestId, () => implementation.run(payload, run))
    } catch (error) {
      if (error instanceof TryLaterError) {
        await job.moveToDelayed(Date.now() + error.delayMs, token)
        throw new DelayedError()
      }
      app.logger.warn({ job: job.name, jobId: job.id, attempt, requestId, err: error }, 'job failed')
      throw error
    }
  }

  const workers = QUEUES.map((name) =>
    app.jobBackend.openWorker(name, process, {
      concurrency: CONCURRENCY[name],
      lockDuration: 15_000,
      stalledInterval: 5_000,
      // A job survives as many crashes of its worker as it likes; its own attempts bound real failures.
      maxStalledCount: 100,
      drainDelay: 1,
    }),
  )
  return {
    workers,
    [Symbol.asyncDispose]: async () => {
      const timer = setTimeout(() => stopping.abort(), drainMs)
      await Promise.all(workers.map((worker) => worker.close()))
      clearTimeout(timer)
    },
  }
}
