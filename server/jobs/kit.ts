import type * as z from 'zod'
import type { AppContext } from '../context.ts'

export const QUEUES = [
  'relay',
  'order_processing',
  'message_sending',
  'media_processing',
  'webhook_delivery',
  'maintenance',
] as const
export type QueueName = (typeof QUEUES)[number]

export type JobDefinition<Data = unknown> = {
  queue: QueueName
  /** Imperative, kebab-case; unique over all queues. */
  name: string
  schema: z.ZodType<Data>
  /** Identifies the work: requests with the same id are one job. Letters, digits, "-", "_" and "." only. */
  id: (data: Data) => string
  attempts: number
  /** Delay before the second attempt in ms; it doubles with each further attempt. */
  backoffMs: number
  /** A job with a lower number runs first; 0 means no priority. */
  priority?: (data: Data) => number
  /** Merchants are served round robin: the more open jobs a merchant has in the queue, the later its next one runs. For scarce workers. */
  fair?: boolean
  /**
   * Names work that one run does for all earlier requests. While a job of this name is queued, further requests are dropped;
   * while one runs, they become one job that follows it, because the running one may have read its data already.
   */
  debounce?: (data: Data) => string
}

/** A job that is ready to be scheduled. */
export type JobRequest = {
  queue: QueueName
  name: string
  id: string
  payload: unknown
  attempts: number
  backoffMs: number
  priority: number
  /** The priority follows from the number of the merchant's open jobs in the queue. */
  fair?: true
  debounce?: string
  delayMs: number
  requestId?: string | null
  /** Id of the dead job that this one retries. */
  retryOf?: string
}

/** Declares a job. `request` validates the payload when the job is scheduled. */
export function defineJob<Data>(definition: JobDefinition<Data>) {
  const { queue, name, schema, id, attempts, backoffMs, priority, fair, debounce } = definition
  const jobId = (data: Data): string => `${name}.${id(data)}`
  return {
    ...definition,
    /** Id of the job in the queue. */
    jobId,
    request: (data: Data, { delayMs = 0 } = {}): JobRequest => {
      const payload = schema.parse(data)
      const more = {
        attempts,
        backoffMs,
        priority: priority?.(payload) ?? 0,
        delayMs,
        ...(fair ? { fair } : {}),
        ...(debounce ? { debounce: `${name}.${debounce(payload)}` } : {}),
      }
      return { queue, name, id: jobId(payload), payload, ...more }
    },
  }
}

export type JobRun = {
  app: AppContext
  /** 1 for the first try. */
  attempt: number
  lastAttempt: boolean
  /** Aborted when the worker stops: the processor must stop waiting, and another worker runs the job again. */
  signal: AbortSignal
}

export type JobImplementation = { name: string; run: (payload: unknown, run: JobRun) => Promise<void> }

/** Joins a definition with its implementation. The payload is validated again, because queues outlive deployments. */
export function implementJob<Data>(
  { name, schema }: JobDefinition<Data>,
  work: (data: Data, run: JobRun) => Promise<void>,
): JobImplementation {
  return { name, run: (payload, run) => work(schema.parse(payload), run) }
}

/** A processor throws this to run again after `delayMs` without using up an attempt. */
export class TryLaterError extends Error {
  readonly delayMs: number
  constructor(delayMs: number, message: string) {
    super(message)
    this.name = 'TryLaterError'
    this.delayMs = delayMs
  }
}

/**
 * Checks that definitions and implementations match one to one.
 *
 * @throws Error that says what to add or remove, when they do not.
 */
export function matchProcessors(
  definitions: readonly { name: string }[],
  implementations: readonly JobImplementation[],
): Map<string, JobImplementation> {
  const byName = new Map<string, JobImplementation>()
  for (const implementation of implementations) {
    const { name } = implementation
    if (byName.has(name)) throw new Error(`Job "${name}" is implemented twice; keep one in features/processors.ts.`)
    byName.set(name, implementation)
  }
  for (const { name } of definitions) {
    if (!byName.has(name))
      throw new Error(`Job "${name}" has no implementation; add implementJob(...) for it to features/processors.ts.`)
  }
  const known = new Set(definitions.map((definition) => definition.name))
  for (const name of byName.keys()) {
    if (!known.has(name))
      throw new Error(`Job "${name}" is implemented but not listed; add its definition to features/jobs.ts.`)
  }
  return byName
}
