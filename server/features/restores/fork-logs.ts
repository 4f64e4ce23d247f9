import { randomInt } from 'node:crypto'
import type pg from 'pg'
import { openConnection } from '../../db/connection.ts'
import { storeIdentity } from '../../db/database-identity.ts'
import { renameLog } from '../../events/counter.ts'

/** Numbers of a shop's messages, deliveries, templates and turns in the backup that wait to be sent. */
export type ForkedShop = { merchantId: string; messages: number; deliveries: number; templates: number; turns: number }

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Random, because a backup that is restored twice must not give both logs the same name. */
const newIncarnation = (): string => Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('')

const FORK = 'INSERT INTO restore (merchant_id, incarnation, after_sequence) VALUES (app_merchant_id(), $1, $2)'
const AUDIT = `INSERT INTO audit_entry (id, merchant_id, actor, action, detail)
  SELECT gen_random_uuid(), app_merchant_id(), 'SYSTEM', 'backup.restore', $1`
const WAITING = `SELECT app_merchant_id() AS "merchantId",
  (SELECT count(*) FROM message WHERE status = 'QUEUED')::int AS messages,
  (SELECT count(*) FROM webhook_delivery WHERE next_attempt_at IS NOT NULL)::int AS deliveries,
  (SELECT count(*) FROM template WHERE approval = 'PENDING' AND submitted_at IS NULL)::int AS templates,
  (SELECT count(*) FROM bot_turn WHERE status = 'PENDING')::int AS turns`

/**
 * Forks the event log of each shop: it continues under another incarnation, so that readers that were further than the
 * backup notice it, and everything that waits in the backup to be sent is held. All in one transaction, which comes last:
 * after its commit processes start again. `prepare` runs before it, when no process of Storeline is connected.
 */
export async function forkLogs(
  url: string,
  prepare: () => Promise<void>,
): Promise<{ incarnation: string; shops: ForkedShop[] }> {
  await using client = await openConnection(url)
  await assertAlone(client)
  await prepare()
  const incarnation = newIncarnation()
  const shops: ForkedShop[] = []
  await client.query('BEGIN')
  const { rows } = await client.query<{ id: string }>('SELECT merchant_id AS id FROM lookup_merchants()')
  for (const { id } of rows) {
    await client.query(`SELECT set_config('app.merchant_id', $1, true)`, [id])
    await client.query(FORK, [incarnation, await renameLog(client, incarnation)])
    const [shop] = (await client.query<ForkedShop>(WAITING)).rows
    if (!shop) continue
    const { merchantId: _merchantId, ...detail } = shop
    await client.query(AUDIT, [JSON.stringify(detail)])
    shops.push(shop)
  }
  await storeIdentity(client)
  await client.query('COMMIT')
  return { incarnation, shops }
}

/** @throws Error that says what to stop, while anything of Storeline is connected. */
async function assertAlone(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'storeline%' AND pid <> pg_backend_pid()`,
  )
  if (rows.length > 0)
    throw new Error(
      `Processes of Storeline are connected to this database (${rows.length} connections): they know the log that was replaced. Stop all of them, and a pooler that keeps connections for them, then run this again.`,
    )
}
