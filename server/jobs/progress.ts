import type { AppContext } from '../context.ts'
import type { QueueName } from './kit.ts'

/** How far a job of a shop has come, as told to whoever watches. */
export type JobProgress = {
  merchantId: string
  queue: QueueName
  /** Name of the job's definition. */
  name: string
  jobId: string
  /** What the job is about, e.g. the picture; of a job that failed for good, its record. */
  subjectId: string
  /** 0 to 100; 100 says that it is done. */
  percent: number
  /** Whether the job has failed for good; `percent` is then where it stopped. */
  dead: boolean
}

/** What a processor reports: `job` is its definition, `data` its payload. */
export type ProgressReport<Data> = {
  merchantId: string
  job: { queue: QueueName; name: string; jobId: (data: Data) => string }
  data: Data
  subjectId: string
  /** 0 to 100; anything else is taken as the nearest. */
  percent: number
}

/**
 * Tells open screens how far a job has come. Best effort: never throws and is not kept, so a processor need not wait for
 * it; a screen that opens later hears of the next report. Report steps that a person notices, not every one: each report
 * is a message to every socket that watches the shop's jobs.
 */
export async function reportProgress<Data>(
  app: Pick<AppContext, 'pubsub' | 'logger'>,
  { merchantId, job, data, subjectId, percent }: ProgressReport<Data>,
): Promise<void> {
  const bounded = Math.round(Math.min(100, Math.max(0, percent)))
  const { queue, name } = job
  await tellProgress(app, { merchantId, queue, name, jobId: job.jobId(data), subjectId, percent: bounded, dead: false })
}

/** The same for what is not a report of the processor itself, such as the end of a job that failed for good. */
export async function tellProgress(
  { pubsub, logger }: Pick<AppContext, 'pubsub' | 'logger'>,
  progress: JobProgress,
): Promise<void> {
  try {
    await pubsub.publish('jobs', progress.merchantId, progress)
  } catch (error) {
    logger.debug({ err: error, job: progress.name }, 'progress of a job could not be told')
  }
}
