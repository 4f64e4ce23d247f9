import type { Redis } from 'ioredis'
import type pg from 'pg'
import * as z from 'zod'
import type { QueueName } from './kit.ts'
import { perTick } from './per-tick.ts'

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
  /** Removes a job that has completed or failed for good. */
  remove: (queue: QueueName, job: MerchantJob, outcome: 'completed' | 'dead') => Promise<void>
}
export type MerchantJob = { merchantId: string; id: string }

export const MOST_OPEN = 1_000
const merchantPayload = z.object({ merchantId: z.uuid() })

/** The merchant in a job's payload; null for jobs of the whole installation. */
export const merchantOfPayload = (payload: unknown): string | null =>
  merchantPayload.safeParse(payload).data?.merchantId ?? null

/**
 * Adds jobs to the sets of their merchants. Skips jobs that have ended, because `remove` has already run for them. KEYS: the
 * merchant's set and the job, for each job; ARGV: now in ms, then the ids.
 */
const ADD = `
  for i = 1, #KEYS, 2 do
    local job = redis.call('HMGET', KEYS[i + 1], 'name', 'finishedOn')
    if job[1] and not job[2] and redis.call('ZADD', KEYS[i], 'NX', ARGV[1], ARGV[(i + 3) / 2]) == 1 then
      redis.call('EXPIRE', KEYS[i], 2592000)
    end
  end`

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

const setKey = (prefix: string, merchantId: string, queue: QueueName) => `${prefix}:shop:${merchantId}:${queue}`

/** Scripts by name. ioredis sends the hash of a script instead of its text, in pipelines too. */
const ADD_COMMAND = 'storelineAddMerchantJobs'
const REMOVE_COMMAND = 'storelineRemoveMerchantJob'

/** The command, for a pipeline, that adds scheduled jobs to the index. A job that is missing there still runs, and is missing in the dashboard only. */
export function addToIndex(
  prefix: string,
  jobs: readonly (MerchantJob & { queue: QueueName })[],
): [command: string, args: (string | number)[]] {
  const keys = jobs.flatMap(({ queue, merchantId, id }) => [
    setKey(prefix, merchantId, queue),
    `${prefix}:${queue}:${id}`,
  ])
  return [ADD_COMMAND, [keys.length, ...keys, Date.now(), ...jobs.map(({ id }) => id)]]
}

/**
 * Keeps a sorted set of open jobs per merchant and queue beside BullMQ's own keys (`<prefix>:<queue>:…`), at two small
 * scripts per job: one travels with the job (`addToIndex`), one follows its end.
 */
export function redisMerchantJobs(redis: Redis, prefix: string): MerchantJobs {
  redis.defineCommand(ADD_COMMAND, { lua: ADD })
  redis.defineCommand(REMOVE_COMMAND, { lua: REMOVE, numberOfKeys: 2 })
  const removeTogether = perTick(async (removals: (string | number)[][]) => {
    const results = await redis.pipeline(removals.map((args) => [REMOVE_COMMAND, ...args])).exec()
    return (results ?? []).map(([error]) => error)
  })
  const setOf = (merchantId: string, queue: QueueName) => setKey(prefix, merchantId, queue)
  const countOf = (merchantId: string, queue: QueueName, interval: number) =>
    `${setOf(merchantId, queue)}:completed:${interval}`
  const currentInterval = () => Math.floor(Date.now() / COUNT_INTERVAL_MS)
  return {
    count: async (merchantId, queue) => Math.min(MOST_OPEN, await redis.zcard(setOf(merchantId, queue))),
    remove: (queue, { merchantId, id }, outcome) =>
      removeTogether([
        setOf(merchantId, queue),
        countOf(merchantId, queue, currentInterval()),
        id,
        outcome === 'completed' ? 1 : 0,
      ]),
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

/** Reads BullMQ's own table through an index of ours, so `remove` has nothing to do. */
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
