import type { Fulfilment } from '../../generated/prisma/enums.ts'
import type { NoticeName } from '../templates/domain/notices.ts'
import type { OrderMove } from './domain.ts'

/** The notice that the customer receives for each transition. Transitions without one are internal to the shop. */
const NOTICES: Partial<Record<OrderMove, NoticeName | Record<Fulfilment, NoticeName>>> = {
  ACCEPT: 'order_accepted',
  REJECT: 'order_rejected',
  START_PREPARING: 'order_preparing',
  MARK_READY: { DELIVERY: 'order_ready', PICKUP: 'order_ready_for_pickup' },
  DISPATCH: 'order_dispatched',
  DELIVER: 'order_delivered',
  FAIL_DELIVERY: 'delivery_failed',
  CANCEL: 'order_cancelled',
  EXPIRE: 'order_expired',
}

/** The notice of a transition, or null when the customer receives none. */
export function noticeOf(move: OrderMove, fulfilment: Fulfilment): NoticeName | null {
  const notice = NOTICES[move] ?? null
  return notice !== null && typeof notice === 'object' ? notice[fulfilment] : notice
}
