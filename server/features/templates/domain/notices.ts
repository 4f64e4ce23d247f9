import type { Variable, VariableType } from './variables.ts'

export const NOTICE_NAMES = [
  'order_received',
  'order_accepted',
  'order_preparing',
  'order_rejected',
  'order_ready',
  'order_ready_for_pickup',
  'order_dispatched',
  'delivery_failed',
  'order_delivered',
  'order_cancelled',
  'order_expired',
  'payment_due',
  'payment_received',
  'payment_refused',
  'payment_expired',
] as const
/** The name of an automatic notice to customers. */
export type NoticeName = (typeof NOTICE_NAMES)[number]

export const isNoticeName = (name: string): name is NoticeName => (NOTICE_NAMES as readonly string[]).includes(name)

type Offer = { type: VariableType; example: string; optional?: true }

/** Every variable of notices, with an example. */
const OFFERS = {
  order_number: { type: 'TEXT', example: '1042' },
  shop_name: { type: 'TEXT', example: 'Green Corner' },
  customer_name: { type: 'TEXT', example: 'Ana', optional: true },
  total: { type: 'MONEY', example: '3450' },
  placed_at: { type: 'DATE', example: '2026-11-23T14:05:00Z' },
  reason: { type: 'TEXT', example: 'Out of stock', optional: true },
  pickup_address: { type: 'TEXT', example: '12 Market Street', optional: true },
  amount: { type: 'MONEY', example: '3450' },
  payment_link: { type: 'URL', example: 'https://pay.example.com/1042', optional: true },
  bank_details: { type: 'TEXT', example: 'Green Corner, IBAN DE02 1203 0000 0000 2020 51', optional: true },
  due_at: { type: 'DATE', example: '2026-11-24T14:05:00Z', optional: true },
} as const satisfies Record<string, Offer>
export type NoticeVariable = keyof typeof OFFERS

/** The variables of every notice. */
const OF_EVERY_ORDER = ['order_number', 'shop_name', 'customer_name', 'total', 'placed_at'] as const

type Notice = { description: string; more: readonly NoticeVariable[] }

const NOTICES: Readonly<Record<NoticeName, Notice>> = {
  order_received: { description: 'An order was placed for the customer, by your staff or a partner.', more: [] },
  order_accepted: { description: 'You accepted an order.', more: ['pickup_address'] },
  order_preparing: { description: 'You started to prepare an order.', more: [] },
  order_rejected: { description: 'You rejected an order.', more: ['reason'] },
  order_ready: { description: 'An order for delivery is ready.', more: [] },
  order_ready_for_pickup: { description: 'An order for pick-up is ready.', more: ['pickup_address'] },
  order_dispatched: { description: 'An order was dispatched.', more: [] },
  delivery_failed: { description: 'The delivery of an order failed.', more: ['reason'] },
  order_delivered: { description: 'An order was delivered or picked up.', more: [] },
  order_cancelled: { description: 'You cancelled an order.', more: ['reason'] },
  order_expired: { description: 'An order expired because it was not accepted in time.', more: [] },
  payment_due: {
    description: 'A payment of the customer is due.',
    more: ['amount', 'payment_link', 'bank_details', 'due_at'],
  },
  payment_received: { description: 'A payment was received.', more: ['amount'] },
  payment_refused: {
    description: 'A payment failed, or its proof was rejected.',
    more: ['amount', 'reason', 'payment_link'],
  },
  payment_expired: { description: 'The payment deadline has passed.', more: ['amount', 'payment_link'] },
}

export const noticeDescription = (name: NoticeName): string => NOTICES[name].description

/** The variables that a text of the notice may use; those that may be empty have an empty default. */
export function noticeVariables(name: NoticeName): Variable[] {
  return [...OF_EVERY_ORDER, ...NOTICES[name].more].map((variable) => {
    const offer: Offer = OFFERS[variable]
    return { name: variable, type: offer.type, default: offer.optional ? '' : null, example: offer.example }
  })
}
