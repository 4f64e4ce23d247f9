import type { AppContext } from '../context.ts'
import type { QueueName } from './kit.ts'

/** Progress of a merchant's job, as published to open screens. */
export type JobProgress = {
  merchantId: string
  queue: QueueName
  /** Name of the job's definition. */
  name: string
  jobId: string
  /** Id of the subject, such as an image; for a dead job, the id of its record. */
  subjectId: string
  /** 0 to 100; 100 means done. */
  percent: number
  /** Whether the job has failed for good; `percent` is then its last progress. */
  dead: boolean
}

/** A report of a processor: `job` is its definition, `data` its payload. */
export type ProgressReport<Data> = {
  merchantId: string
  job: { queue: QueueName; name: string; jobId: (data: Data) => string }
  data: Data
  subjectId: string
  /** 0 to 100; other numbers are clamped. */
  percent: number
}

/**
 * Publishes the progress of a job to open screens. Best effort: it never throws and is not stored, so a processor need not
 * await it. Report only steps that a person notices: each report is a message to every socket that subscribes to the
 * merchant's jobs.
 */
export async function reportProgress<Data>(
  app: Pick<AppContext, 'pubsub' | 'logger'>,
  { merchantId, job, data, subjectId, percent }: ProgressReport<Data>,
): Promise<void> {
  const bounded = Math.round(Math.min(100, Math.max(0, percent)))
  const { queue, name } = job
  await publishProgress(app, {
    merchantId,
    queue,
    name,
    jobId: job.jobId(data),
    subjectId,
    percent: bounded,
    dead: false,
  })
}

/** Publishes progress that no processor reports, such as the failure of a job for good. */
export async function publishProgress(
  { pubsub, logger }: Pick<AppContext, 'pubsub' | 'logger'>,
  progress: JobProgress,
): Promise<void> {
  try {
    await pubsub.publish('jobs', progress.merchantId, progress)
  } catch (error) {
    logger.debug({ err: error, job: progress.name }, 'progress of a job could not be published')
  }
}
