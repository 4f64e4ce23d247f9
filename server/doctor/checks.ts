import type { Check } from './check.ts'
import { botCheck, databaseCheck, keysCheck, migrationsCheck, poolerCheck } from './database.ts'
import { publicUrlCheck } from './public-url.ts'
import { redisCheck } from './redis.ts'
import { settingsCheck } from './settings.ts'
import { dataDirCheck, storageCheck } from './storage.ts'
import { whatsappCheck } from './whatsapp.ts'

/** All checks, in the order of the report. */
export const CHECKS: readonly Check[] = [
  settingsCheck,
  databaseCheck,
  poolerCheck,
  migrationsCheck,
  keysCheck,
  redisCheck,
  dataDirCheck,
  storageCheck,
  publicUrlCheck,
  whatsappCheck,
  botCheck,
]
