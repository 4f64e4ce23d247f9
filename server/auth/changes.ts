import type { Database } from '../db/client.ts'
import { asWork } from '../db/work.ts'
import type { PubSub, Topics } from '../events/pubsub.ts'
import type { Logger } from '../logger.ts'

/** The merchant whose rights or settings changed; null when it may be any. */
export type ChangeListener = (merchantId: string | null) => void

/** Watches for committed changes of rights and settings, so that caches can hold them for long. */
export type MerchantChanges = AsyncDisposable & {
  /** Whether all changes that are older than MAX_AGE_MS have reached the listeners. */
  isCurrent: () => boolean
  /** Calls back for each change. Returns a function that stops it. */
  onChange: (listener: ChangeListener) => () => void
  /** Signals a committed change to this process and all others. Never fails: a lost signal is found by the next check. */
  announce: (change: Topics['revoked']) => Promise<void>
}

const CHECK_EVERY_MS = 1_500
/** Checks that lie further back vouch for nothing: without the database caches are as short as without this. */
const MAX_AGE_MS = 3_000
// Longer than any transaction may last, because a change becomes visible after the instant that it carries.
const RECENT = `SELECT merchant_id AS "merchantId", changed_at::text AS "changedAt" FROM merchant_change
  WHERE changed_at > now() - interval '2 minutes'`

/**
 * Opens the watch. Signals arrive at once; because a signal can be lost (Redis is away, a process dies after its commit),
 * triggers of the database also write each change down, and one statement every 1.5 s finds it.
 */
export async function watchMerchantChanges({
  database,
  pubsub,
  logger,
}: {
  database: Pick<Database, 'pool'>
  pubsub: PubSub
  logger: Logger
}): Promise<MerchantChanges> {
  const listeners = new Set<ChangeListener>()
  const notify: ChangeListener = (merchantId) => listeners.forEach((listener) => listener(merchantId))
  /** Changes that were found lately, by merchant. Those before the first check are known to caches, which begin empty. */
  let found: ReadonlyMap<string, string> = new Map()
  let checkedAt = -Infinity
  let running: Promise<void> | null = null

  const check = async (): Promise<void> => {
    const startedAt = performance.now()
    const { rows } = await asWork('readiness', () =>
      database.pool.query<{ merchantId: string; changedAt: string }>({ name: 'merchant_changes', text: RECENT }),
    )
    const changed = rows.filter(({ merchantId, changedAt }) => found.get(merchantId) !== changedAt)
    found = new Map(rows.map(({ merchantId, changedAt }) => [merchantId, changedAt]))
    checkedAt = startedAt
    for (const { merchantId } of changed) notify(merchantId)
  }
  const tick = (): void => {
    running ??= check()
      .catch((error: unknown) => logger.debug({ err: error }, 'changes of rights could not be read; caches are short'))
      .finally(() => (running = null))
  }
  tick()
  const timer = setInterval(tick, CHECK_EVERY_MS).unref()
  // A process of an earlier version names no merchant.
  const unsubscribe = await pubsub.subscribe('revoked', 'all', ({ merchantId }) => notify(merchantId ?? null))

  return {
    isCurrent: () => performance.now() - checkedAt < MAX_AGE_MS,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    announce: async (change) => {
      notify(change.merchantId ?? null)
      await pubsub.publish('revoked', 'all', change).catch(() => {})
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      unsubscribe()
      await running
    },
  }
}
