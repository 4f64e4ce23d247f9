import type { JobImplementation } from '../jobs/kit.ts'
import { expireOrderProcessor } from './orders/processors.ts'

/** What every job does. A worker refuses to start when a definition lacks its implementation. */
export const jobImplementations: readonly JobImplementation[] = [
  expireOrderProcessor,
]
