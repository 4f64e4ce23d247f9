import type { ClientBase } from 'pg'
import type { Sql } from '../db/sql.ts'
import type { Tx } from '../db/tx.ts'

type Scope = { tx: Tx; merchantId: string }

/** Opens the empty log of a new merchant. */
export async function openLog({ tx, merchantId }: Scope): Promise<void> {
  await tx.eventCounter.create({ data: { merchantId } })
  await tx.eventRelay.create({ data: { merchantId } })
}

/** Locks the log until commit, so that nothing is appended meanwhile; returns its last sequence. */
export async function lockLog({ tx, merchantId }: Scope): Promise<number> {
  const rows = await tx.$queryRaw<{ last: number }[]>`
    SELECT last::float8 AS last FROM event_counter WHERE merchant_id = ${merchantId}::uuid FOR UPDATE`
  return rows[0]?.last ?? 0
}

/**
 * Stores how many webhook endpoints the merchant has; `count` is a subquery that counts them. Call it last: the log stays
 * locked until commit, and every transaction that appends an event waits for it.
 */
export async function setWebhookEndpointCount({ tx, merchantId }: Scope, count: Sql): Promise<void> {
  await lockLog({ tx, merchantId })
  // A statement of its own, begun while the lock is held: it sees everything that was committed before.
  await tx.$executeRaw`UPDATE event_counter SET readers = (${count}) WHERE merchant_id = ${merchantId}::uuid`
}

/** Gives the log of the connection's merchant a new incarnation; returns its last sequence. */
export async function renameLog(client: Pick<ClientBase, 'query'>, incarnation: string): Promise<number> {
  const { rows } = await client.query<{ last: number }>(
    'UPDATE event_counter SET incarnation = $1 WHERE merchant_id = app_merchant_id() RETURNING last::float8 AS last',
    [incarnation],
  )
  return rows[0]?.last ?? 0
}
