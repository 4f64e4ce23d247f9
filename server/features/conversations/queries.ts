import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, oneOf, queryMerchant } from '../../db/merchant-query.ts'
import type { ConversationMode, MessageAuthor, MessageDirection, MessageStatus } from '../../generated/prisma/enums.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import {
  among,
  countOf,
  keysetConditions,
  listStatement,
  newestFirst,
  orderAndLimit,
  pageOf,
} from '../../graphql/list-sql.ts'
import type { InboundContent, OutboundContent } from '../../whatsapp/content.ts'
import { customerMatches, searchCustomers, searchToCount, type CustomerSearch } from '../customers/queries.ts'
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

const LATEST_FIRST = newestFirst('c.last_message_at', 'c.id')

/** Conversations by their latest message, newest first, by keyset. */
export function findConversations(
  app: AppContext,
  merchantId: string,
  { mode, unread, search }: ConversationFilter,
  customerId?: string,
) {
  const statement = (searched: CustomerSearch | null) => {
    const list = listStatement()
    // Literals, so that the partial index of the mode fits.
    if (mode) list.add(`c.mode = '${mode}'`)
    if (unread != null) list.add(unread ? 'c.unread_count > 0' : 'c.unread_count <= 0')
    if (customerId !== undefined) list.add(`c.customer_id = ${list.put(customerId)}::uuid`)
    if (searched && !searched.found) list.add(customerMatches(list, 'c.customer_id', searched))
    return list
  }
  return {
    fetch: async (page: PageRequest): Promise<ConversationRow[]> => {
      const searched = await searchCustomers(app, merchantId, search)
      const list = keysetConditions(statement(searched), page, LATEST_FIRST)
      const source = among(list, searched?.found ?? null, 'conversation c', 'c.customer_id')
      const text = `SELECT ${CONVERSATION} FROM ${source} ${orderAndLimit(page, LATEST_FIRST)}`
      return queryMerchant<ConversationRow>(app, merchantId, text, list.values)
    },
    keyOf: (row: ConversationRow): Keyset => ({ value: row.lastMessageAt, id: row.id }),
    count: async (): Promise<number> => {
      const searched = (await searchToCount(app, merchantId, search)).search
      const list = statement(searched)
      const text = countOf(among(list, searched?.found ?? null, 'conversation c', 'c.customer_id'))
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}

/** Messages of a conversation, newest first, by keyset. */
export function findMessages(app: AppContext, merchantId: string, conversationId: string) {
  const statement = () => {
    const list = listStatement()
    list.add(`m.conversation_id = ${list.put(conversationId)}::uuid`)
    return list
  }
  return {
    fetch: (page: PageRequest): Promise<MessageRow[]> => {
      const list = statement()
      const text = `SELECT ${MESSAGE} FROM message m ${pageOf(list, page, newestFirst('m.occurred_at', 'm.id'))}`
      return queryMerchant(app, merchantId, text, list.values)
    },
    keyOf: (row: MessageRow): Keyset => ({ value: row.occurredAt, id: row.id }),
    count: async (): Promise<number> => {
      const list = statement()
      const text = countOf(`message m ${list.where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}
