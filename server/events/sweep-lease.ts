import { randomUUID } from 'node:crypto'
import type { AppContext } from '../context.ts'
import { withinTime } from '../db/redis.ts'
import { asWork } from '../db/work.ts'

/** How long a lease lasts: after a crash of its holder sweeps pause for this long, in ms. */
const LEASE_MS = 3_000
/** Interval at which it is extended, or asked for, in ms. */
const EXTEND_MS = 1_000
/** How long a worker that stops waits for the database to take the lease back, in ms. */
const RELEASE_MS = 500

// A worker that does not get the lease writes nothing. A crash of the database may lose the last extension, which at worst
// lets two workers sweep, so the commit need not wait for the disk.
const TAKE = `WITH asynchronous AS (SELECT set_config('synchronous_commit', 'off', true))
  UPDATE sweep_lease SET holder = $1, until = clock_timestamp() + make_interval(secs => $2) FROM asynchronous
  WHERE holder = $1 OR until < clock_timestamp() RETURNING id`
const RELEASE = 'UPDATE sweep_lease SET until = clock_timestamp() WHERE holder = $1'

/**
 * The right to sweep, which one worker of the installation holds at a time. It is a row and not an advisory lock: a row needs
 * no session, so it works behind a pooler, and it ends when the network of its holder is cut, too. Two workers may sweep for a
 * moment when a process was stopped for longer than the lease, which does no harm, since sweeps are idempotent.
 */
export function openSweepLease(app: AppContext): AsyncDisposable & {
  /** Resolves when this process holds the lease, or when the signal is aborted. */
  held: (signal: AbortSignal) => Promise<void>
} {
  const holder = randomUUID()
  let heldUntil = 0
  let quietUntil = 0
  let waiting = new Set<() => void>()

  const extend = async (): Promise<void> => {
    const askedAt = performance.now()
    const query = { name: 'sweep_lease_take', text: TAKE, values: [holder, LEASE_MS / 1000] }
    if ((await asWork('sweep', () => app.database.pool.query(query))).rowCount !== 1) return
    heldUntil = askedAt + LEASE_MS
    const woken = waiting
    waiting = new Set()
    for (const wake of woken) wake()
  }
  const tryExtend = () =>
    extend().catch((error: unknown) => {
      if (Date.now() > quietUntil) app.logger.warn({ err: error }, 'the lease of sweeps was not extended; trying again')
      quietUntil = Date.now() + 60_000
    })
  let last = tryExtend()
  const timer = setInterval(() => {
    last = tryExtend()
  }, EXTEND_MS)

  return {
    held: (signal) => {
      if (performance.now() < heldUntil || signal.aborted) return Promise.resolve()
      return new Promise((done) => {
        const end = () => {
          waiting.delete(end)
          signal.removeEventListener('abort', end)
          done()
        }
        waiting.add(end)
        signal.addEventListener('abort', end)
      })
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await last
      // Without the database the lease runs out by itself.
      const release = app.database.pool.query({ name: 'sweep_lease_release', text: RELEASE, values: [holder] })
      await withinTime(release, RELEASE_MS).catch(() => {})
    },
  }
}
