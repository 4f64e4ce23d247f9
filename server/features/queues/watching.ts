import { Repeater } from 'graphql-yoga'
import type { AppContext } from '../../context.ts'
import type { QueueName } from '../../jobs/kit.ts'
import type { JobProgress } from '../../jobs/progress.ts'

/** Jobs whose latest news a slow watcher may leave unread; older ones are dropped. */
const MOST_UNREAD = 200

/**
 * How far the shop's jobs come, live. Of each job only the latest news is kept for a watcher who reads slowly: what is
 * passed over is out of date anyway.
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
      if (unread.size > MOST_UNREAD) unread.delete(unread.keys().next().value as string)
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
