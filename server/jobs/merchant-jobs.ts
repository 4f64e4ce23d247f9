import type { Redis } from 'ioredis'
import type pg from 'pg'
import { z } from 'zod'
import type { QueueName } from './kit.ts'

/** Where a job is that has not ended yet. DELAYED waits for its time, be it planned or after a failed attempt. */
export type OpenState = 'WAITING' | 'ACTIVE' | 'DELAYED'
export type OpenJob = { id: string; state: OpenState }

/** A shop's part of one queue. */
export type MerchantQueue = {
  /** Newest first, at most `MOST_OPEN`. */
  open: OpenJob[]
  /** Whether the shop has more open jobs there; numbers made from `open` are then lower bounds. */
  capped: boolean
  /** How many ended well within the last minute. */
  completed: number
}

/**
 * Finds a shop's jobs in queues that all shops share, at a cost that depends on that shop alone: how long the queue is,
 * and whose jobs fill it, neither slows it down nor shows in it.
 */
export type MerchantJobs = {
  look: (merchantId: string, queue: QueueName) => Promise<MerchantQueue>
  /** How many jobs of the shop are open in the queue, at most `MOST_OPEN`. */
  count: (merchantId: string, queue: QueueName) => Promise<number>
  /** Adds scheduled jobs. A job that is lost here is missing on a screen only. */
  added: (queue: QueueName, jobs: readonly MerchantJob[]) => Promise<void>
  /** Removes a job that has completed or failed for good. */
  ended: (queue: QueueName, job: MerchantJob, outcome: 'completed' | 'dead') => Promise<void>
}
export type MerchantJob = { merchantId: string; id: string }

export const MOST_OPEN = 1_000
const ofShop = z.object({ merchantId: z.uuid() })

/** The merchant in a job's payload; null for jobs of the whole installation. */
export const merchantOfPayload = (payload: unknown): string | null => ofShop.safeParse(payload).data?.merchantId ?? null

// A job that has ended already must not be added: `ended` has run for it. KEYS: the shop's set, then the
// jobs; ARGV: now in ms, then the ids.
const ADDED = `
  local noted = false
  for i = 2, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 and redis.call('HEXISTS', KEYS[i], 'finishedOn') == 0 then
      redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[i])
      noted = true
    end
  end
  if noted then redis.call('EXPIRE', KEYS[1], 2592000) end`

// KEYS: the shop's set, its count of this slice of time; ARGV: the id, 1 when it ended well.
const ENDED = `
  redis.call('ZREM', KEYS[1], ARGV[1])
  if ARGV[2] == '1' then
    redis.call('INCR', KEYS[2])
    redis.call('EXPIRE', KEYS[2], 120)
  end`

// Also removes jobs whose end was never recorded. KEYS: the shop's set, the queue's active list and delayed
// set; ARGV: how many, and what a job's key begins with.
const LOOK = `
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

const SLICE_MS = 10_000

/**
 * Keeps a sorted set of open jobs per shop and queue beside BullMQ's own keys (`<prefix>:<queue>:…`): two small commands
 * a job.
 */
export function redisMerchantJobs(redis: Redis, prefix: string): MerchantJobs {
  const setOf = (merchantId: string, queue: QueueName) => `${prefix}:shop:${merchantId}:${queue}`
  const countOf = (merchantId: string, queue: QueueName, slice: number) =>
    `${setOf(merchantId, queue)}:completed:${slice}`
  const sliceNow = () => Math.floor(Date.now() / SLICE_MS)
  return {
    count: async (merchantId, queue) => Math.min(MOST_OPEN, await redis.zcard(setOf(merchantId, queue))),
    added: async (queue, jobs) => {
      const byShop = new Map<string, string[]>()
      for (const { merchantId, id } of jobs) byShop.set(merchantId, [...(byShop.get(merchantId) ?? []), id])
      for (const [merchantId, ids] of byShop) {
        const keys = [setOf(merchantId, queue), ...ids.map((id) => `${prefix}:${queue}:${id}`)]
        await redis.eval(ADDED, keys.length, ...keys, Date.now(), ...ids)
      }
    },
    ended: async (queue, { merchantId, id }, outcome) => {
      const keys = [setOf(merchantId, queue), countOf(merchantId, queue, sliceNow())]
      await redis.eval(ENDED, 2, ...keys, id, outcome === 'completed' ? 1 : 0)
    },
    look: async (merchantId, queue) => {
      const [jobs, total] = (await redis.eval(
        LOOK,
        3,
        setOf(merchantId, queue),
        `${prefix}:${queue}:active`,
        `${prefix}:${queue}:delayed`,
        MOST_OPEN,
        `${prefix}:${queue}:`,
      )) as [string[], number]
      const last = sliceNow()
      const slices = Array.from({ length: 60_000 / SLICE_MS }, (_, back) => countOf(merchantId, queue, last - back))
      const counts = await redis.mget(slices)
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

/** Prepares BullMQ's table for `postgresMerchantJobs`. One process at a time, as all of them start with it. */
export async function indexMerchantJobs(client: pg.PoolClient): Promise<void> {
  await client.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtext('storeline_job_of_shop')); ${INDEX}; COMMIT`)
}

/** Reads BullMQ's own table through an index of ours: nothing to note. */
export function postgresMerchantJobs(pool: pg.Pool): MerchantJobs {
  const ofThisShop = `data #>> '{payload,merchantId}' = $1 AND queue = $2`
  const isOpen = `${ofThisShop} AND state IN ('waiting', 'active', 'delayed')`
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
    text: `SELECT count(*)::int AS n FROM bullmq.job WHERE ${ofThisShop} AND state = 'completed' AND finished_at_ms > $3`,
  }
  return {
    count: async (merchantId, queue) => {
      const { rows } = await pool.query<{ n: number }>({ ...countOpen, values: [merchantId, queue] })
      return rows[0]?.n ?? 0
    },
    added: async () => {},
    ended: async () => {},
    look: async (merchantId, queue) => {
      const [jobs, ended] = await Promise.all([
        pool.query<OpenJob>({ ...open, values: [merchantId, queue] }),
        pool.query<{ n: number }>({ ...completed, values: [merchantId, queue, Date.now() - 60_000] }),
      ])
      const capped = jobs.rows.length > MOST_OPEN
      return { open: jobs.rows.slice(0, MOST_OPEN), capped, completed: ended.rows[0]?.n ?? 0 }
    },
  }
}
