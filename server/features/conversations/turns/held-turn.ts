import type { Lease } from '../../../auth/lease.ts'
import type { AppContext } from '../../../context.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'

const HELD_TURN = `SELECT t.conversation_id AS "conversationId", c.customer_id AS "customerId" FROM bot_turn t
  JOIN conversation c ON c.id = t.conversation_id
  WHERE t.id = $1 AND t.lease_token = $2 AND t.status = 'PENDING' AND t.leased_until > now()`

/** The conversation and the customer of the leased turn; null when the lease is no longer valid. */
export async function findHeldTurn(
  app: AppContext,
  { merchantId, turnId, token }: Lease,
): Promise<{ conversationId: string; customerId: string } | null> {
  const [turn] = await queryMerchant<{ conversationId: string; customerId: string }>(app, merchantId, HELD_TURN, [
    turnId,
    token,
  ])
  return turn ?? null
}
