import { Job, type BulkJobOptions, type Queue } from 'bullmq'
import type { QueueName } from './kit.ts'
import { addToIndex } from './merchant-jobs.ts'

/** A job as BullMQ takes it, for a queue, with the merchant in whose index it belongs. */
export type NewJob = {
  queue: Queue
  name: string
  data: unknown
  opts: BulkJobOptions & { jobId: string }
  merchantId: string | null
}

/**
 * Adds jobs of several queues, and their entries in the index of each merchant, in one round trip. `addBulk` would take one
 * for each queue, and the index a further one.
 */
export async function addToRedis(prefix: string, jobs: readonly NewJob[]): Promise<(Error | null)[]> {
  const [first] = jobs
  if (!first) return []
  // BullMQ's wrapper of the producers' connection, which all queues share; its pipelines run BullMQ's scripts.
  const pipeline = (await first.queue.backend.client).pipeline()
  for (const { queue, name, data, opts } of jobs) void new Job(queue, name, data, opts, opts.jobId).addJob(pipeline)
  const indexed = jobs.flatMap(({ queue, opts, merchantId }) =>
    merchantId ? [{ queue: queue.name as QueueName, merchantId, id: opts.jobId }] : [],
  )
  if (indexed.length > 0) pipeline.runCommand(...addToIndex(prefix, indexed))
  const results = (await pipeline.exec()) as [Error | null, unknown][]
  return jobs.map((_job, index) => results[index]?.[0] ?? null)
}

/** Adds the jobs of each queue in one statement. */
export async function addToPostgres(jobs: readonly NewJob[]): Promise<(Error | null)[]> {
  const errors = new Map<NewJob, Error>()
  const byQueue = new Map<Queue, NewJob[]>()
  for (const job of jobs) byQueue.set(job.queue, [...(byQueue.get(job.queue) ?? []), job])
  await Promise.all(
    [...byQueue].map(async ([queue, group]) => {
      // BullMQ locks debounced work; in the same order in every process, so that no two wait for each other.
      group.sort((one, other) => (one.opts.deduplication?.id ?? '').localeCompare(other.opts.deduplication?.id ?? ''))
      try {
        await queue.addBulk(group.map(({ name, data, opts }) => ({ name, data, opts })))
      } catch (error) {
        for (const job of group) errors.set(job, error as Error)
      }
    }),
  )
  return jobs.map((job) => errors.get(job) ?? null)
}
