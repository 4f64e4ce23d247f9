import { heldByRestore } from '../../merchants/restore-hold.ts'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { messageStatusChanged } from '../events.ts'

/** Messages failed in one transaction. */
const BATCH = 200
/** Our own error code: the message was never sent to WhatsApp. */
const NOT_SENT = 0

/**
 * Fails queued messages that a restored backup holds, with `reason` as their error; at most 200, the oldest first.
 * Returns how many: 0 when none is left.
 */
export async function failHeldMessages(unit: UnitOfWork, reason: string): Promise<number> {
  const messages = await unit.tx.$queryRawUnsafe<{ id: string; conversationId: string }[]>(
    `UPDATE message SET status = 'FAILED', error_code = $1, error_message = $2
     WHERE id = ANY(ARRAY(SELECT m.id FROM message m WHERE m.status = 'QUEUED' AND ${heldByRestore('m.created_at')} ORDER BY m.created_at, m.id LIMIT ${BATCH} FOR UPDATE))
     RETURNING id, conversation_id AS "conversationId"`,
    NOT_SENT,
    reason,
  )
  const error = { code: NOT_SENT, message: reason }
  unit.emit(
    ...messages.map(({ id, conversationId }) =>
      messageStatusChanged.draft(id, { messageId: id, conversationId, status: 'FAILED', error }),
    ),
  )
  return messages.length
}
