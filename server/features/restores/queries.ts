import type { AppContext } from '../../context.ts'
import { heldByRestore } from '../merchants/restore-hold.ts'
import { isoTime, queryMerchant } from '../../db/merchant-query.ts'
import type { RestoreDecision } from '../../generated/prisma/enums.ts'
import { heldDelivery } from '../webhooks/deliveries/held.ts'

/** A restore of a backup, with the numbers of held items. */
export type RestoreRow = {
  /** RFC 3339. */
  restoredAt: string
  decision: RestoreDecision | null
  messages: number
  deliveries: number
  templates: number
  turns: number
}

const NEWEST = `SELECT ${isoTime('restored_at')} AS "restoredAt", decision::text AS decision,
    (SELECT count(*) FROM message m WHERE m.status = 'QUEUED' AND ${heldByRestore('m.created_at')})::int AS messages,
    (SELECT count(*) FROM webhook_delivery d WHERE d.next_attempt_at IS NOT NULL AND ${heldDelivery('d')})::int AS deliveries,
    (SELECT count(*) FROM template t WHERE t.approval = 'PENDING' AND t.submitted_at IS NULL AND ${heldByRestore('t.updated_at')})::int AS templates,
    (SELECT count(*) FROM bot_turn t WHERE t.status = 'PENDING' AND ${heldByRestore('t.created_at')})::int AS turns
  FROM restore`

/** The latest restore that the shop has not decided about; null when there is none. */
export async function findHeldRestore(app: AppContext, merchantId: string): Promise<RestoreRow | null> {
  const text = `${NEWEST} WHERE decision IS NULL ORDER BY restored_at DESC LIMIT 1`
  return (await queryMerchant<RestoreRow>(app, merchantId, text))[0] ?? null
}

/** The restore with the latest decision. */
export async function findDecidedRestore(app: AppContext, merchantId: string): Promise<RestoreRow | null> {
  const text = `${NEWEST} WHERE decision IS NOT NULL ORDER BY decided_at DESC LIMIT 1`
  return (await queryMerchant<RestoreRow>(app, merchantId, text))[0] ?? null
}
