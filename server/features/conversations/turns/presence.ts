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
/** A connection not seen for this long went down with the process that held it. */
const GONE_AFTER = '12 seconds'

/** Ends of the bot connections that this process holds. */
const connections: FeatureState<Set<() => Promise<void>>> = {
  open: () => new Set(),
  close: async (held) => void (await Promise.all([...held].map((end) => end()))),
}

/** Notes an open bot connection for as long as the subscription lives; returns its end. */
export async function openBotConnection(app: AppContext): Promise<() => Promise<void>> {
  const held = app.state(connections)
  const id = uuidv7()
  const beat = () =>
    app.database.pool.query(
      'INSERT INTO bot_connection (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET last_seen_at = now()',
      [id],
    )
  await beat()
  // A missed beat is made up for by the next; missing three looks like a lost connection, and is one.
  const timer = setInterval(() => void beat().catch(() => {}), HEARTBEAT_MS)
  publishPresence(app).catch((error: unknown) =>
    app.logger.debug({ err: error }, 'presence will be announced by the watchdog'),
  )
  let ended: Promise<void> | undefined
  const end = async () => {
    clearInterval(timer)
    try {
      await app.database.pool.query('DELETE FROM bot_connection WHERE id = $1', [id])
      await publishPresence(app)
    } catch (error) {
      app.logger.debug({ err: error }, 'presence will be announced by the watchdog')
    }
    held.delete(endOnce)
  }
  const endOnce = () => (ended ??= end())
  held.add(endOnce)
  return endOnce
}

/** Tells every shop whose last word on the bot is no longer true. Any number of processes may do so at once. */
export async function publishPresence(app: AppContext): Promise<void> {
  const isOnline = `EXISTS (SELECT 1 FROM bot_connection WHERE last_seen_at > now() - interval '${GONE_AFTER}')`
  const { rows } = await app.database.pool.query<{ online: boolean }>(`SELECT ${isOnline} AS online`)
  const online = rows[0]?.online ?? false
  for (const merchantId of await lookUpMerchantsWithOtherPresence(app, online)) {
    await withTenant(app, systemActor(merchantId), async ({ tx, emit }) => {
      // Looked at again: while one bot left another may have come, and was told of already.
      const changed = await setBotOnline(tx, merchantId, { online, condition: `${isOnline} = ${online}` })
      if (changed) emit((online ? botConnected : botDisconnected).draft(merchantId, {}))
    })
  }
}

/** Notices bots that went down with the api process that held their connection. */
export const botWatchdog: Sweep = {
  name: 'bot-watchdog',
  everyMs: 3_000,
  run: async (app) => {
    await app.database.pool.query(`DELETE FROM bot_connection WHERE last_seen_at < now() - interval '${GONE_AFTER}'`)
    await publishPresence(app)
  },
}
