import * as z from 'zod'
import type { AppContext } from '../../context.ts'
import { isoTime, queryMerchant } from '../../db/merchant-query.ts'
import { OrderStatus, type MessageAuthor } from '../../generated/prisma/enums.ts'
import { actorNames } from '../staff/actor-names.ts'

/** Entry of an order's timeline: an event of the log, or a message about the order. */
export type TimelineEntry = {
  id: string
  /** Event type; `notice` for a message to the customer, `problem` for a customer's message that reports one. */
  type: string
  /** RFC 3339. */
  at: string
  actor: string
  status: OrderStatus | null
  messageId: string | null
}

type Notice = { id: string; author: MessageAuthor; staffId: string | null; at: string }

const AUTHORS = { BOT: 'Bot', CUSTOMER: 'Customer', STAFF: 'System', SYSTEM: 'System' } satisfies Record<
  MessageAuthor,
  string
>

// An order has a dozen entries; the limit only bounds the damage of a fault.
const LIMIT = 200
const newStatus = z.object({ to: z.enum(OrderStatus).optional(), status: z.enum(OrderStatus).optional() })

/** The timeline of an order, oldest entry first. */
export async function orderTimeline(app: AppContext, merchantId: string, orderId: string): Promise<TimelineEntry[]> {
  const text = `SELECT id, author, staff_id AS "staffId", ${isoTime('created_at')} AS at FROM message WHERE order_id = $1 ORDER BY created_at, id LIMIT ${LIMIT}`
  const [events, notices] = await Promise.all([
    app.log.about(merchantId, orderId, LIMIT),
    queryMerchant<Notice>(app, merchantId, text, [orderId]),
  ])
  const labels = [...events.map((event) => event.actor), ...notices.map((notice) => `STAFF:${notice.staffId ?? ''}`)]
  const nameOf = await actorNames(app, merchantId, labels)
  const entries = [
    ...events.map(({ id, type, occurredAt: at, actor, data }): TimelineEntry => {
      // Payment events have statuses too, some with the same names.
      const { to, status } = (type.startsWith('order_') && newStatus.safeParse(data).data) || {}
      return { id, type, at, actor: nameOf(actor), status: to ?? status ?? null, messageId: null }
    }),
    ...notices.map(({ id, author, staffId, at }): TimelineEntry => {
      const actor = author === 'STAFF' && staffId ? nameOf(`STAFF:${staffId}`) : AUTHORS[author]
      return { id, type: author === 'CUSTOMER' ? 'problem' : 'notice', at, actor, status: null, messageId: id }
    }),
  ]
  // The sort is stable: within one millisecond events keep their order, and a notice follows its event.
  return entries.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}
