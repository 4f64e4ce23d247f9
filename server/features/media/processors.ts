import { implementJob } from '../../jobs/kit.ts'
import { partOf } from '../merchants/parts.ts'
import { cleanUpMedia } from './processing/clean-up.ts'
import { cleanUpMediaJob, processMediaJob } from './jobs.ts'
import { processMedia } from './processing/process-media.ts'

export const processMediaProcessor = implementJob(processMediaJob, (data, run) => processMedia(run, data))

export const cleanUpMediaProcessor = implementJob(cleanUpMediaJob, (_data, { app }) =>
  cleanUpMedia(app, { part: partOf(new Date()) }),
)
