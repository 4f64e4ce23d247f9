import type { Queue } from 'bullmq'
import { currentRequestId } from '../request-id.ts'
import type { JobBackend } from './backend.ts'
import { QUEUES, type JobRequest, type QueueName } from './kit.ts'
import { shopOf, type ShopJobs } from './shop-jobs.ts'

/** Schedules jobs. A job whose id is already waiting is not scheduled again. */
export type JobQueues = AsyncDisposable & {
  /** @throws when the queue cannot be reached: callers that can do without say so themselves. */
  enqueue: (...requests: JobRequest[]) => Promise<void>
  queue: (name: QueueName) => Queue
}

export function openQueues(backend: JobBackend): JobQueues {
  const queues = new Map(QUEUES.map((name) => [name, backend.openQueue(name)]))
  const queue = (name: QueueName): Queue => queues.get(name) as Queue
  return {
    queue,
    enqueue: async (...requests) => {
      for (const [name, group] of groupByQueue(requests)) {
        await queue(name).addBulk((await inTurns(backend.shopJobs, name, group)).map(toBulkJob))
        const ofShops = group.flatMap(({ id, payload }) => {
          const merchantId = shopOf(payload)
          return merchantId ? [{ merchantId, id }] : []
        })
        if (ofShops.length > 0) backend.shopJobs.added(name, ofShops).catch(() => {})
      }
    },
    [Symbol.asyncDispose]: async () => {
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
 * Gives fair jobs the priority that lets shops take turns: the nth open job of a shop runs after everybody's jobs before
 * the nth. Many enqueuers at once may give two jobs of a shop the same turn, which harms nobody.
 */
async function inTurns(shopJobs: ShopJobs, queue: QueueName, requests: JobRequest[]): Promise<JobRequest[]> {
  const turns = new Map<string, number>()
  const placed: JobRequest[] = []
  for (const request of requests) {
    const merchantId = request.fair ? shopOf(request.payload) : null
    if (!merchantId) {
      placed.push(request)
      continue
    }
    const turn = (turns.get(merchantId) ?? (await shopJobs.count(merchantId, queue))) + 1
    turns.set(merchantId, turn)
    placed.push({ ...request, priority: turn })
  }
  return placed
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
      // A finished job's id is remembered for a while: who asks for it again, in good faith, is told it is there.
      removeOnComplete: { age: 60, count: 10_000 },
      removeOnFail: { age: 7 * 24 * 3600, count: 1_000 },
      ...(delayMs > 0 ? { delay: delayMs } : {}),
      ...(priority > 0 ? { priority } : {}),
    },
  }
}
