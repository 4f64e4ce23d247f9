import type { Queue } from 'bullmq'
import type { AppContext } from '../context.ts'
import { currentRequestId } from '../request-id.ts'
import type { JobBackend } from './backend.ts'
import { QUEUES, type JobRequest, type QueueName } from './kit.ts'
import { merchantOfPayload, type MerchantJobs } from './merchant-jobs.ts'

/** Schedules jobs. A job whose id is already waiting is not scheduled again. */
export type JobQueues = AsyncDisposable & {
  /** @throws when the queue cannot be reached; `tryEnqueue` does not. */
  enqueue: (...requests: JobRequest[]) => Promise<void>
  queue: (name: QueueName) => Queue
  /** Resolves when every `enqueue` so far has ended. */
  settled: () => Promise<void>
}

/** Schedules jobs best effort: a failure is logged, and a sweep schedules the jobs again. */
export async function tryEnqueue(
  { queues, logger }: Pick<AppContext, 'queues' | 'logger'>,
  ...requests: JobRequest[]
): Promise<void> {
  try {
    await queues.enqueue(...requests)
  } catch (error) {
    logger.debug(
      { err: error, jobs: requests.map(({ id }) => id) },
      'jobs could not be enqueued; a sweep will enqueue them again',
    )
  }
}

export function openQueues(backend: JobBackend): JobQueues {
  const queues = new Map(QUEUES.map((name) => [name, backend.openQueue(name)]))
  const queue = (name: QueueName): Queue => queues.get(name) as Queue
  const enqueue = async (requests: JobRequest[]): Promise<void> => {
    for (const [name, group] of groupByQueue(requests)) {
      await queue(name).addBulk((await prioritiseFairly(backend.merchantJobs, name, group)).map(toBulkJob))
      const ofMerchants = group.flatMap(({ id, payload }) => {
        const merchantId = merchantOfPayload(payload)
        return merchantId ? [{ merchantId, id }] : []
      })
      if (ofMerchants.length > 0) backend.merchantJobs.add(name, ofMerchants).catch(() => {})
    }
  }
  const pending = new Set<Promise<void>>()
  const settled = async () => void (await Promise.allSettled(pending))
  return {
    queue,
    settled,
    enqueue: async (...requests) => {
      const enqueued = enqueue(requests)
      pending.add(enqueued)
      try {
        await enqueued
      } finally {
        pending.delete(enqueued)
      }
    },
    [Symbol.asyncDispose]: async () => {
      // Jobs that commit listeners are enqueueing still reach their queue.
      await settled()
      await Promise.all([...queues.values()].map((one) => one.close()))
    },
  }
}

const byQueue = (request: JobRequest): QueueName => request.queue

function groupByQueue(requests: JobRequest[]): Map<QueueName, JobRequest[]> {
  const groups = new Map<QueueName, JobRequest[]>()
  for (const request of requests) groups.set(byQueue(request), [...(groups.get(byQueue(request)) ?? []), request])
  return groups
}

/**
 * Gives fair jobs the priority that makes a round robin of merchants: the nth open job of a merchant runs after the jobs
 * before the nth of every merchant. Concurrent producers may give two jobs of a merchant the same number, which is harmless.
 */
async function prioritiseFairly(
  merchantJobs: MerchantJobs,
  queue: QueueName,
  requests: JobRequest[],
): Promise<JobRequest[]> {
  const turns = new Map<string, number>()
  const prioritised: JobRequest[] = []
  for (const request of requests) {
    const merchantId = request.fair ? merchantOfPayload(request.payload) : null
    if (!merchantId) {
      prioritised.push(request)
      continue
    }
    const turn = (turns.get(merchantId) ?? (await merchantJobs.count(merchantId, queue))) + 1
    turns.set(merchantId, turn)
    prioritised.push({ ...request, priority: turn })
  }
  return prioritised
}

function toBulkJob(request: JobRequest) {
  const { name, id, payload, attempts, backoffMs, priority, delayMs, requestId, retryOf } = request
  return {
    name,
    data: { payload, requestId: requestId ?? currentRequestId(), ...(retryOf ? { retryOf } : {}) },
    opts: {
      jobId: id,
      attempts,
      backoff: { type: 'exponential', delay: backoffMs, jitter: 0.3 },
      // The id of a finished job is kept for a while, so that a late duplicate of its request does not run.
      removeOnComplete: { age: 60, count: 10_000 },
      removeOnFail: { age: 7 * 24 * 3600, count: 1_000 },
      ...(delayMs > 0 ? { delay: delayMs } : {}),
      ...(priority > 0 ? { priority } : {}),
    },
  }
}
