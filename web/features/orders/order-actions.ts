import type { OrderAction, OrderStatus } from '../../generated/operations.ts'

type ActionLook = {
  label: string
  /** Where the order is expected to be afterwards: shown at once, and put right by the server's answer. */
  target: OrderStatus
  /** Refusals are told to the customer, so they ask for a reason. */
  asksReason?: boolean
  /** The dialog's question, for actions that cannot be undone. */
  question?: string
}

/** How each action looks. Which of them are possible is said by `order.allowedActions`, never decided here. */
export const ORDER_ACTIONS: Record<OrderAction, ActionLook> = {
  ACCEPT: { label: 'Accept order', target: 'CONFIRMED' },
  START_PREPARING: { label: 'Start preparing', target: 'PREPARING' },
  MARK_READY: { label: 'Mark as ready', target: 'READY' },
  DISPATCH: { label: 'Send out', target: 'IN_DELIVERY' },
  DELIVER: { label: 'Mark as delivered', target: 'DELIVERED' },
  COMPLETE: { label: 'Complete', target: 'COMPLETED' },
  FAIL_DELIVERY: { label: 'Delivery failed', target: 'READY' },
  RETURN: { label: 'Mark as returned', target: 'RETURNED' },
  REJECT: { label: 'Reject', target: 'REJECTED', asksReason: true, question: 'Reject this order?' },
  CANCEL: { label: 'Cancel order', target: 'CANCELLED', asksReason: true, question: 'Cancel this order?' },
}

/** The way forward, in the order an order usually takes it. */
const FORWARD: OrderAction[] = ['ACCEPT', 'START_PREPARING', 'MARK_READY', 'DISPATCH', 'DELIVER', 'COMPLETE']

/** Splits what is allowed into the one next step and everything else. */
export function arrangeActions(allowed: OrderAction[]): { primary: OrderAction | null; others: OrderAction[] } {
  const primary = FORWARD.find((action) => allowed.includes(action)) ?? null
  return { primary, others: allowed.filter((action) => action !== primary) }
}

/** A pick-up is handed over, not delivered. */
export function actionLabel(action: OrderAction, fulfilment: 'DELIVERY' | 'PICKUP'): string {
  if (action === 'DELIVER' && fulfilment === 'PICKUP') return 'Mark as picked up'
  return ORDER_ACTIONS[action].label
}
