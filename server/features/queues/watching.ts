import { Repeater } from 'graphql-yoga'
import type { AppContext } from '../../context.ts'
import type { QueueName } from '../../jobs/kit.ts'
import type { JobProgress } from '../../jobs/progress.ts'

/** Jobs whose latest progress waits for a slow subscriber; older ones are dropped. */
const MAX_UNREAD = 200

/**
 * The progress of the shop's jobs, live. For a slow subscriber only the latest progress of each job is kept: earlier
 * progress is out of date.
 */
export function watchJobs(
  app: AppContext,
  merchantId: string,
  queue: QueueName | null | undefined,
): AsyncIterable<JobProgress> {
  return new Repeater<JobProgress>(async (push, stop) => {
    const unread = new Map<string, JobProgress>()
    let wake = () => {}
    const ending = new AbortController()
    void stop.then(() => {
      ending.abort()
      wake()
    })
    const unsubscribe = await app.pubsub.subscribe('jobs', merchantId, (progress) => {
      if (queue && progress.queue !== queue) return
      unread.delete(progress.jobId)
      unread.set(progress.jobId, progress)
      if (unread.size > MAX_UNREAD) unread.delete(unread.keys().next().value as string)
      wake()
    })
    try {
      while (!ending.signal.aborted) {
        const [next] = unread.values()
        if (next) {
          unread.delete(next.jobId)
          await push(next)
        } else await new Promise<void>((done) => (wake = done))
      }
    } finally {
      unsubscribe()
    }
  })
}
