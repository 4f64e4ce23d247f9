import type { Redis } from 'ioredis'
import type pg from 'pg'
import { z } from 'zod'
import type { QueueName } from './kit.ts'

/** State of a job that has not ended. A DELAYED job waits for its scheduled time, or for the backoff after a failed attempt. */
export type OpenState = 'WAITING' | 'ACTIVE' | 'DELAYED'
export type OpenJob = { id: string; state: OpenState }

/** A merchant's jobs in one queue. */
export type MerchantQueue = {
  /** Newest first, at most `MOST_OPEN`. */
  open: OpenJob[]
  /** Whether the merchant has more than `MOST_OPEN` open jobs there; counts made from `open` are then lower bounds. */
  capped: boolean
  /** Jobs that succeeded within the last minute. */
  completed: number
}

/**
 * Finds a merchant's jobs in queues that all merchants share. The cost depends on the number of that merchant's jobs only,
 * not on the length of the queue, and the result reveals nothing about other merchants.
 */
export type MerchantJobs = {
  read: (merchantId: string, queue: QueueName) => Promise<MerchantQueue>
  /** Number of open jobs of the merchant in the queue, at most `MOST_OPEN`. */
  count: (merchantId: string, queue: QueueName) => Promise<number>
  /** Adds scheduled jobs to the index. A job that is missing here still runs, and is missing in the dashboard only. */
  add: (queue: QueueName, jobs: readonly MerchantJob[]) => Promise<void>
  /** Removes a job that has completed or failed for good. */
  remove: (queue: QueueName, job: MerchantJob, outcome: 'completed' | 'dead') => Promise<void>
}
export type MerchantJob = { merchantId: string; id: string }

export const MOST_OPEN = 1_000
const merchantPayload = z.object({ merchantId: z.uuid() })

/** The merchant in a job's payload; null for jobs of the whole installation. */
export const merchantOfPayload = (payload: unknown): string | null =>
  merchantPayload.safeParse(payload).data?.merchantId ?? null

// Skips jobs that have ended, because `remove` has already run for them. KEYS: the merchant's set, then the jobs;
// ARGV: now in ms, then the ids.
const ADD = `
  local added = false
  for i = 2, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 and redis.call('HEXISTS', KEYS[i], 'finishedOn') == 0 then
      redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[i])
      added = true
    end
  end
  if added then redis.call('EXPIRE', KEYS[1], 2592000) end`

// KEYS: the merchant's set, its counter of the current interval; ARGV: the id, 1 when the job succeeded.
const REMOVE = `
  redis.call('ZREM', KEYS[1], ARGV[1])
  if ARGV[2] == '1' then
    redis.call('INCR', KEYS[2])
    redis.call('EXPIRE', KEYS[2], 120)
  end`

// Also removes jobs whose end was never recorded. KEYS: the merchant's set, the queue's active list and delayed set;
// ARGV: how many jobs to return, and the prefix of a job's key.
const READ = `
  local active, jobs = {}, {}
  for _, id in ipairs(redis.call('LRANGE', KEYS[2], 0, 4999)) do active[id] = true end
  for _, id in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, ARGV[1] - 1)) do
    local state
    if active[id] then state = 'ACTIVE'
    elseif redis.call('ZSCORE', KEYS[3], id) then state = 'DELAYED'
    elseif redis.call('EXISTS', ARGV[2] .. id) == 1 and redis.call('HEXISTS', ARGV[2] .. id, 'finishedOn') == 0 then state = 'WAITING'
    end
    if state then jobs[#jobs + 1] = id .. ' ' .. state else redis.call('ZREM', KEYS[1], id) end
  end
  return { jobs, redis.call('ZCARD', KEYS[1]) }`

/** Succeeded jobs are counted by intervals of this length, in ms. */
const COUNT_INTERVAL_MS = 10_000

/**
 * Keeps a sorted set of open jobs per merchant and queue beside BullMQ's own keys (`<prefix>:<queue>:…`), at two small
 * commands per job.
 */
export function redisMerchantJobs(redis: Redis, prefix: string): MerchantJobs {
  const setOf = (merchantId: string, queue: QueueName) => `${prefix}:shop:${merchantId}:${queue}`
  const countOf = (merchantId: string, queue: QueueName, interval: number) =>
    `${setOf(merchantId, queue)}:completed:${interval}`
  const currentInterval = () => Math.floor(Date.now() / COUNT_INTERVAL_MS)
  return {
    count: async (merchantId, queue) => Math.min(MOST_OPEN, await redis.zcard(setOf(merchantId, queue))),
    add: async (queue, jobs) => {
      const byMerchant = new Map<string, string[]>()
      for (const { merchantId, id } of jobs) byMerchant.set(merchantId, [...(byMerchant.get(merchantId) ?? []), id])
      for (const [merchantId, ids] of byMerchant) {
        const keys = [setOf(merchantId, queue), ...ids.map((id) => `${prefix}:${queue}:${id}`)]
        await redis.eval(ADD, keys.length, ...keys, Date.now(), ...ids)
      }
    },
    remove: async (queue, { merchantId, id }, outcome) => {
      const keys = [setOf(merchantId, queue), countOf(merchantId, queue, currentInterval())]
      await redis.eval(REMOVE, 2, ...keys, id, outcome === 'completed' ? 1 : 0)
    },
    read: async (merchantId, queue) => {
      const [jobs, total] = (await redis.eval(
        READ,
        3,
        setOf(merchantId, queue),
        `${prefix}:${queue}:active`,
        `${prefix}:${queue}:delayed`,
        MOST_OPEN,
        `${prefix}:${queue}:`,
      )) as [string[], number]
      const last = currentInterval()
      const counters = Array.from({ length: 60_000 / COUNT_INTERVAL_MS }, (_, back) =>
        countOf(merchantId, queue, last - back),
      )
      const counts = await redis.mget(counters)
      return {
        open: jobs.map((job) => {
          const [id = '', state] = job.split(' ')
          return { id, state: state as OpenState }
        }),
        capped: total > jobs.length,
        completed: counts.reduce((sum, count) => sum + Number(count ?? 0), 0),
      }
    },
  }
}

const INDEX = `CREATE INDEX IF NOT EXISTS storeline_job_of_shop ON bullmq.job ((data #>> '{payload,merchantId}'), queue, state)`

/** Creates the index that `postgresMerchantJobs` reads. Every process does so when it starts, one at a time. */
export async function indexMerchantJobs(client: pg.PoolClient): Promise<void> {
  await client.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtext('storeline_job_of_shop')); ${INDEX}; COMMIT`)
}

/** Reads BullMQ's own table through an index of ours, so `add` and `remove` have nothing to do. */
export function postgresMerchantJobs(pool: pg.Pool): MerchantJobs {
  const ofMerchant = `data #>> '{payload,merchantId}' = $1 AND queue = $2`
  const isOpen = `${ofMerchant} AND state IN ('waiting', 'active', 'delayed')`
  const open = {
    name: 'shop_jobs_open',
    text: `SELECT id, upper(state::text) AS state FROM bullmq.job
      WHERE ${isOpen} ORDER BY added_at_ms DESC LIMIT ${MOST_OPEN + 1}`,
  }
  const countOpen = {
    name: 'shop_jobs_count',
    text: `SELECT count(*)::int AS n FROM (SELECT 1 FROM bullmq.job WHERE ${isOpen} LIMIT ${MOST_OPEN}) open`,
  }
  const completed = {
    name: 'shop_jobs_completed',
    text: `SELECT count(*)::int AS n FROM bullmq.job WHERE ${ofMerchant} AND state = 'completed' AND finished_at_ms > $3`,
  }
  return {
    count: async (merchantId, queue) => {
      const { rows } = await pool.query<{ n: number }>({ ...countOpen, values: [merchantId, queue] })
      return rows[0]?.n ?? 0
    },
    add: async () => {},
    remove: async () => {},
    read: async (merchantId, queue) => {
      const [jobs, ended] = await Promise.all([
        pool.query<OpenJob>({ ...open, values: [merchantId, queue] }),
        pool.query<{ n: number }>({ ...completed, values: [merchantId, queue, Date.now() - 60_000] }),
      ])
      const capped = jobs.rows.length > MOST_OPEN
      return { open: jobs.rows.slice(0, MOST_OPEN), capped, completed: ended.rows[0]?.n ?? 0 }
    },
  }
}
