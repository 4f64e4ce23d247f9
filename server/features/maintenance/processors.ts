import { implementJob } from '../../jobs/kit.ts'
import { partOf } from '../merchants/parts.ts'
import { cleanUpJob } from './jobs.ts'
import { cleanUp } from './service.ts'

export const cleanUpProcessor = implementJob(cleanUpJob, (_data, { app }) => cleanUp(app, { part: partOf(new Date()) }))
