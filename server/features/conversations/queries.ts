import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, likeAnywhere, oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { ConversationMode, MessageAuthor, MessageDirection, MessageStatus } from '../../generated/prisma/enums.ts'
import { instantOf, type Keyset, type PageRequest } from '../../graphql/connection.ts'
import type { InboundContent, OutboundContent } from '../../whatsapp/content.ts'
import type { HandoffReason } from './domain.ts'

/** Times are RFC 3339. */
export type ConversationRow = {
  id: string
  customerId: string
  mode: ConversationMode
  handoffReason: HandoffReason | null
  assigneeId: string | null
  unreadCount: number
  lastMessageText: string
  lastMessageAt: string
  windowExpiresAt: string | null
}

export type MessageRow = {
  id: string
  conversationId: string
  direction: MessageDirection
  author: MessageAuthor
  staffId: string | null
  content: InboundContent | OutboundContent
  text: string
  status: MessageStatus
  presumed: boolean
  errorCode: number | null
  errorMessage: string | null
  occurredAt: string
  sentAt: string | null
  deliveredAt: string | null
  readAt: string | null
}

const CONVERSATION = `c.id, c.customer_id AS "customerId", c.mode, c.handoff_reason AS "handoffReason", c.assignee_id AS "assigneeId",
  c.unread_count AS "unreadCount", c.last_message_text AS "lastMessageText", ${isoTime('c.last_message_at')} AS "lastMessageAt",
  ${isoTime('c.window_expires_at')} AS "windowExpiresAt"`
const MESSAGE = `m.id, m.conversation_id AS "conversationId", m.direction, m.author, m.staff_id AS "staffId", m.content, m.text, m.status, m.presumed,
  m.error_code AS "errorCode", m.error_message AS "errorMessage", ${isoTime('m.occurred_at')} AS "occurredAt", ${isoTime('m.sent_at')} AS "sentAt",
  ${isoTime('m.delivered_at')} AS "deliveredAt", ${isoTime('m.read_at')} AS "readAt"`

export function loadConversations(
  app: AppContext,
  merchantId: string,
  ids: readonly string[],
): Promise<ConversationRow[]> {
  const [wanted, value] = oneOf('c.id', ids)
  return queryMerchant(app, merchantId, `SELECT ${CONVERSATION} FROM conversation c WHERE ${wanted}`, [value])
}

export function loadMessages(app: AppContext, merchantId: string, ids: readonly string[]): Promise<MessageRow[]> {
  const [wanted, value] = oneOf('m.id', ids)
  return queryMerchant(app, merchantId, `SELECT ${MESSAGE} FROM message m WHERE ${wanted}`, [value])
}

/** The latest conversation of each customer, by customer. */
export const loadConversationsOfCustomers = (
  app: AppContext,
  merchantId: string,
  customerIds: readonly string[],
): Promise<ConversationRow[]> =>
  queryMerchant(
    app,
    merchantId,
    `SELECT DISTINCT ON (c.customer_id) ${CONVERSATION} FROM conversation c WHERE c.customer_id = ANY($1::uuid[]) ORDER BY c.customer_id, c.last_message_at DESC`,
    [customerIds],
  )

/** The conversation, or null when the id is unknown in the shop. `customerId` limits the reader to one customer. */
export async function findConversation(
  app: AppContext,
  merchantId: string,
  id: string,
  customerId?: string,
): Promise<ConversationRow | null> {
  const [row] = isUuid(id) ? await loadConversations(app, merchantId, [id]) : []
  return row && (customerId === undefined || row.customerId === customerId) ? row : null
}

export type ConversationFilter = { mode?: ConversationMode | null; unread?: boolean | null; search?: string | null }

/** Conversations by their latest message, newest first, by keyset. */
export function findConversations(
  app: AppContext,
  merchantId: string,
  { mode, unread, search }: ConversationFilter,
  customerId?: string,
) {
  const words = search?.trim().slice(0, 100)
  const digits = words?.replace(/\D/g, '') ?? ''
  const filter = `($1::conversation_mode IS NULL OR c.mode = $1) AND ($2::boolean IS NULL OR (c.unread_count > 0) = $2) AND ($3::uuid IS NULL OR c.customer_id = $3)
    AND ($4::text IS NULL OR EXISTS (SELECT 1 FROM customer cu WHERE cu.id = c.customer_id AND (cu.name ILIKE $4 OR cu.username ILIKE $4
      OR EXISTS (SELECT 1 FROM customer_identity i WHERE i.customer_id = cu.id AND i.kind = 'PHONE' AND i.value LIKE $5))))`
  const values = [
    mode ?? null,
    unread ?? null,
    customerId ?? null,
    words ? likeAnywhere(words) : null,
    digits.length >= 3 ? likeAnywhere(digits) : null,
  ]
  return {
    fetch: ({ limit, after, before, backwards }: PageRequest): Promise<ConversationRow[]> => {
      const order = backwards ? 'ASC' : 'DESC'
      const text = `SELECT ${CONVERSATION} FROM conversation c WHERE ${filter}
        AND ($6::timestamptz IS NULL OR (c.last_message_at, c.id) < ($6, $7::uuid)) AND ($8::timestamptz IS NULL OR (c.last_message_at, c.id) > ($8, $9::uuid))
        ORDER BY c.last_message_at ${order}, c.id ${order} LIMIT $10`
      return queryMerchant(app, merchantId, text, [
        ...values,
        instantOf(after),
        after?.id,
        instantOf(before),
        before?.id,
        limit,
      ])
    },
    keyOf: (row: ConversationRow): Keyset => ({ value: row.lastMessageAt, id: row.id }),
    count: async (): Promise<number> =>
      (
        await queryMerchant<{ n: number }>(
          app,
          merchantId,
          `SELECT count(*)::int AS n FROM conversation c WHERE ${filter}`,
          values,
        )
      )[0]?.n ?? 0,
  }
}

/** Messages of a conversation, newest first, by keyset. */
export function findMessages(app: AppContext, merchantId: string, conversationId: string) {
  return {
    fetch: ({ limit, after, before, backwards }: PageRequest): Promise<MessageRow[]> => {
      const order = backwards ? 'ASC' : 'DESC'
      const text = `SELECT ${MESSAGE} FROM message m WHERE m.conversation_id = $1
        AND ($2::timestamptz IS NULL OR (m.occurred_at, m.id) < ($2, $3::uuid)) AND ($4::timestamptz IS NULL OR (m.occurred_at, m.id) > ($4, $5::uuid))
        ORDER BY m.occurred_at ${order}, m.id ${order} LIMIT $6`
      return queryMerchant(app, merchantId, text, [
        conversationId,
        instantOf(after),
        after?.id,
        instantOf(before),
        before?.id,
        limit,
      ])
    },
    keyOf: (row: MessageRow): Keyset => ({ value: row.occurredAt, id: row.id }),
    count: async (): Promise<number> =>
      (
        await queryMerchant<{ n: number }>(
          app,
          merchantId,
          'SELECT count(*)::int AS n FROM message m WHERE m.conversation_id = $1',
          [conversationId],
        )
      )[0]?.n ?? 0,
  }
}
