import { uuidv7 } from 'uuidv7'
import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import type { Sweep } from '../../../events/sweeper.ts'
import { setBotOnline } from '../../merchants/service.ts'
import { botConnected, botDisconnected } from '../events.ts'
import { lookUpMerchantsWithOtherPresence } from '../lookups.ts'
import type { FeatureState } from '../../../feature-state.ts'

const HEARTBEAT_MS = 4_000
/** A connection without a heartbeat for this long belonged to a process that crashed. */
const HEARTBEAT_TIMEOUT = '12 seconds'

/** Functions that end the bot connections of this process. */
const connections: FeatureState<Set<() => Promise<void>>> = {
  open: () => new Set(),
  close: async (held) => void (await Promise.all([...held].map((end) => end()))),
}

/** Registers a bot connection and keeps it alive by heartbeats; returns the function that ends it. */
export async function openBotConnection(app: AppContext): Promise<() => Promise<void>> {
  const held = app.state(connections)
  const id = uuidv7()
  const beat = () =>
    app.database.pool.query(
      'INSERT INTO bot_connection (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET last_seen_at = now()',
      [id],
    )
  await beat()
  // The next heartbeat makes up for a missed one; three missed ones count as a lost connection.
  const timer = setInterval(() => void beat().catch(() => {}), HEARTBEAT_MS)
  publishPresence(app).catch((error: unknown) =>
    app.logger.debug({ err: error }, 'the watchdog will publish the presence of the bot'),
  )
  let ended: Promise<void> | undefined
  const end = async () => {
    clearInterval(timer)
    try {
      await app.database.pool.query('DELETE FROM bot_connection WHERE id = $1', [id])
      await publishPresence(app)
    } catch (error) {
      app.logger.debug({ err: error }, 'the watchdog will publish the presence of the bot')
    }
    held.delete(endOnce)
  }
  const endOnce = () => (ended ??= end())
  held.add(endOnce)
  return endOnce
}

/** Records and publishes the bot's presence for every merchant where it changed. Safe in many processes at once. */
export async function publishPresence(app: AppContext): Promise<void> {
  const isOnline = `EXISTS (SELECT 1 FROM bot_connection WHERE last_seen_at > now() - interval '${HEARTBEAT_TIMEOUT}')`
  const { rows } = await app.database.pool.query<{ online: boolean }>(`SELECT ${isOnline} AS online`)
  const online = rows[0]?.online ?? false
  for (const merchantId of await lookUpMerchantsWithOtherPresence(app, online)) {
    await withTenant(app, systemActor(merchantId), async ({ tx, emit }) => {
      // Checked again in the statement: another bot may have connected since, and its event was emitted already.
      const changed = await setBotOnline(tx, merchantId, { online, condition: `${isOnline} = ${online}` })
      if (changed) emit((online ? botConnected : botDisconnected).draft(merchantId, {}))
    })
  }
}

/** Ends connections whose api process crashed, and publishes the change. */
export const botWatchdog: Sweep = {
  name: 'bot-watchdog',
  everyMs: 3_000,
  run: async (app) => {
    await app.database.pool.query(
      `DELETE FROM bot_connection WHERE last_seen_at < now() - interval '${HEARTBEAT_TIMEOUT}'`,
    )
    await publishPresence(app)
  },
}
