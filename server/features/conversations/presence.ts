import { uuidv7 } from 'uuidv7'
import { systemActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { withTenant } from '../../db/tenant.ts'
import type { Sweep } from '../../events/sweeper.ts'
import { botConnected, botDisconnected } from './events.ts'

const HEARTBEAT_MS = 4_000
/** A connection not seen for this long went down with the process that held it. */
const GONE_AFTER = '12 seconds'

/** Notes an open bot connection for as long as the subscription lives; returns its end. */
export async function noteBotConnection(app: AppContext): Promise<() => Promise<void>> {
  const id = uuidv7()
  const beat = () =>
    app.database.pool.query('INSERT INTO bot_connection (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET last_seen_at = now()', [id])
  await beat()
  // A missed beat is made up for by the next; missing three looks like a lost connection, and is one.
  const timer = setInterval(() => void beat().catch(() => {}), HEARTBEAT_MS)
  announcePresence(app).catch((error: unknown) => app.logger.debug({ err: error }, 'presence will be announced by the watchdog'))
  return async () => {
    clearInterval(timer)
    try {
      await app.database.pool.query('DELETE FROM bot_connection WHERE id = $1', [id])
      await announcePresence(app)
    } catch (error) {
      app.logger.debug({ err: error }, 'presence will be announced by the watchdog')
    }
  }
}

/** Tells every shop whose last word on the bot is no longer true. Any number of processes may do so at once. */
export async function announcePresence(app: AppContext): Promise<void> {
  const { rows } = await app.database.pool.query<{ online: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM bot_connection WHERE last_seen_at > now() - interval '${GONE_AFTER}') AS online`,
  )
  const online = rows[0]?.online ?? false
  for (const merchantId of await app.lookups.merchantsToldOtherwise(online)) {
    await withTenant(app, systemActor(merchantId), async ({ tx, emit }) => {
      const changed = await tx.$executeRaw`UPDATE merchant SET bot_online = ${online} WHERE id = ${merchantId}::uuid AND bot_online <> ${online}`
      if (changed > 0) emit((online ? botConnected : botDisconnected).draft(merchantId, {}))
    })
  }
}

/** Notices bots that went down with the api process that held their connection. */
export const botWatchdog: Sweep = {
  name: 'bot-watchdog',
  everyMs: 3_000,
  run: async (app) => {
    await app.database.pool.query(`DELETE FROM bot_connection WHERE last_seen_at < now() - interval '${GONE_AFTER}'`)
    await announcePresence(app)
  },
}
