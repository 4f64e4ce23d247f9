import { uuidv7 } from 'uuidv7'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import type { MessageAuthor, MessagePurpose } from '../../../generated/prisma/enums.ts'
import { contentText, type OutboundContent } from '../../../whatsapp/content.ts'
import { messageStatusChanged } from '../events.ts'

export type OutgoingMessage = {
  conversationId: string
  author: MessageAuthor
  /** Decides whether the message is sent again when WhatsApp does not answer (SENDING_POLICIES). */
  purpose: MessagePurpose
  content: OutboundContent
  staffId?: string
  /** The order of a notice. */
  orderId?: string
  /** The template that produced the content. */
  templateId?: string
}

/**
 * Queues a message in the current transaction and returns its id. The job is a reaction to the emitted event, scheduled
 * after the commit, so a message is sent if and only if the transaction commits.
 */
export function queueMessage(
  unit: UnitOfWork,
  { conversationId, author, purpose, content, staffId, orderId, templateId }: OutgoingMessage,
): string {
  const { merchantId } = unit
  const id = uuidv7()
  const text = contentText(content)
  unit.write`
    WITH updated_conversation AS (
      UPDATE conversation SET last_message_text = ${text.slice(0, 200)}, last_message_at = now() WHERE id = ${conversationId}::uuid
    )
    INSERT INTO message (id, merchant_id, conversation_id, direction, author, staff_id, order_id, template_id, purpose, kind, content, text, status, occurred_at)
    VALUES (${id}::uuid, ${merchantId}::uuid, ${conversationId}::uuid, 'OUTBOUND', ${author}::message_author, ${staffId ?? null}::uuid,
      ${orderId ?? null}::uuid, ${templateId ?? null}::uuid, ${purpose}::message_purpose, ${content.kind}, ${JSON.stringify(content)}::jsonb, ${text}, 'QUEUED', now())`
  unit.emit(messageStatusChanged.draft(id, { messageId: id, conversationId, status: 'QUEUED', error: null }))
  return id
}
