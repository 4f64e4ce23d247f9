import { z } from 'zod'
import type { AppContext } from '../../context.ts'
import { isoTime, queryShop } from '../../db/shop-query.ts'
import { OrderStatus, type MessageAuthor } from '../../generated/prisma/enums.ts'
import { actorNames } from '../staff/actor-names.ts'

/** Something that happened to an order: an entry of the log, or a message sent about it. */
export type TimelineEntry = {
  id: string
  /** Event name; `notice` for a message to the customer, `problem` for one in which the customer reports one. */
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

// An order has a dozen entries; this only bounds what a fault could pile up.
const LIMIT = 200
const reached = z.object({ to: z.enum(OrderStatus).optional(), status: z.enum(OrderStatus).optional() })

/** What happened to an order, oldest first. */
export async function orderTimeline(app: AppContext, merchantId: string, orderId: string): Promise<TimelineEntry[]> {
  const text = `SELECT id, author, staff_id AS "staffId", ${isoTime('created_at')} AS at FROM message WHERE order_id = $1 ORDER BY created_at, id LIMIT ${LIMIT}`
  const [events, notices] = await Promise.all([
    app.log.about(merchantId, orderId, LIMIT),
    queryShop<Notice>(app, merchantId, text, [orderId]),
  ])
  const labels = [...events.map((event) => event.actor), ...notices.map((notice) => `STAFF:${notice.staffId ?? ''}`)]
  const nameOf = await actorNames(app, merchantId, labels)
  const entries = [
    ...events.map(({ id, type, occurredAt: at, actor, data }): TimelineEntry => {
      // Payments have statuses of their own, some of the same name.
      const { to, status } = (type.startsWith('order_') && reached.safeParse(data).data) || {}
      return { id, type, at, actor: nameOf(actor), status: to ?? status ?? null, messageId: null }
    }),
    ...notices.map(({ id, author, staffId, at }): TimelineEntry => {
      const actor = author === 'STAFF' && staffId ? nameOf(`STAFF:${staffId}`) : AUTHORS[author]
      return { id, type: author === 'CUSTOMER' ? 'problem' : 'notice', at, actor, status: null, messageId: id }
    }),
  ]
  // The sort is stable: at the same millisecond the log keeps its order and a notice follows what it tells of.
  return entries.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}
