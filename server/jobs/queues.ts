import type { Queue } from 'bullmq'
import type { AppContext } from '../context.ts'
import { currentRequestId } from '../request-id.ts'
import type { NewJob } from './add-jobs.ts'
import type { JobBackend } from './backend.ts'
import { QUEUES, type JobRequest, type QueueName } from './kit.ts'
import { merchantOfPayload, type MerchantJobs } from './merchant-jobs.ts'
import { perTick } from './per-tick.ts'

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
  const add = perTick((batches: NewJob[][]) => addTogether(backend, batches))
  const enqueue = async (requests: JobRequest[]): Promise<void> => {
    const jobs = (await prioritiseFairly(backend.merchantJobs, requests)).map((one) => toJob(queue(one.queue), one))
    if (jobs.length > 0) await add(jobs)
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

/** Adds the jobs of all commits of a tick, each once. Returns for each batch its first error. */
async function addTogether(backend: JobBackend, batches: readonly NewJob[][]): Promise<(Error | null)[]> {
  const byKey = new Map<string, NewJob>()
  for (const job of batches.flat()) if (!byKey.has(keyOf(job))) byKey.set(keyOf(job), job)
  const errors = await backend.add([...byKey.values()])
  const errorOf = new Map([...byKey.keys()].map((key, index) => [key, errors[index]]))
  return batches.map((jobs) => jobs.map((job) => errorOf.get(keyOf(job))).find(Boolean) ?? null)
}

/** Jobs with the same key are one job. */
const keyOf = ({ queue, opts }: NewJob): string => `${queue.name} ${opts.deduplication?.id ?? opts.jobId}`

/**
 * Gives fair jobs the priority that makes a round robin of merchants: the nth open job of a merchant runs after the jobs
 * before the nth of every merchant. Concurrent producers may give two jobs of a merchant the same number, which is harmless.
 */
async function prioritiseFairly(merchantJobs: MerchantJobs, requests: JobRequest[]): Promise<JobRequest[]> {
  if (!requests.some(({ fair }) => fair)) return requests
  const turns = new Map<string, number>()
  const prioritised: JobRequest[] = []
  for (const request of requests) {
    const { queue } = request
    const merchantId = request.fair ? merchantOfPayload(request.payload) : null
    if (!merchantId) {
      prioritised.push(request)
      continue
    }
    const turn = (turns.get(`${merchantId} ${queue}`) ?? (await merchantJobs.count(merchantId, queue))) + 1
    turns.set(`${merchantId} ${queue}`, turn)
    prioritised.push({ ...request, priority: turn })
  }
  return prioritised
}

function toJob(queue: Queue, request: JobRequest): NewJob {
  const { name, id, payload, attempts, backoffMs, priority, delayMs, requestId, retryOf, debounce } = request
  return {
    queue,
    name,
    merchantId: merchantOfPayload(payload),
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
      // A retry by staff must run itself, because its record ends with it.
      ...(debounce && !retryOf ? { deduplication: { id: debounce, keepLastIfActive: true } } : {}),
    },
  }
}
