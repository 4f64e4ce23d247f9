import type { OrderAction, OrderStatus } from '../../generated/operations.ts'

type ActionOptions = {
  label: string
  /** The expected status, shown optimistically until the server answers. */
  target: OrderStatus
  /** Asks for a reason, which the customer receives. */
  asksReason?: boolean
  /** The title of the dialog, for actions that cannot be undone. */
  question?: string
}

/** The label and dialog of each action. `order.allowedActions` decides which ones are offered. */
export const ORDER_ACTIONS: Record<OrderAction, ActionOptions> = {
  ACCEPT: { label: 'Accept order', target: 'CONFIRMED' },
  START_PREPARING: { label: 'Start preparing', target: 'PREPARING' },
  MARK_READY: { label: 'Mark as ready', target: 'READY' },
  DISPATCH: { label: 'Dispatch', target: 'IN_DELIVERY' },
  DELIVER: { label: 'Mark as delivered', target: 'DELIVERED' },
  COMPLETE: { label: 'Complete', target: 'COMPLETED' },
  FAIL_DELIVERY: { label: 'Delivery failed', target: 'READY' },
  RETURN: { label: 'Mark as returned', target: 'RETURNED' },
  REJECT: { label: 'Reject', target: 'REJECTED', asksReason: true, question: 'Reject this order?' },
  CANCEL: { label: 'Cancel order', target: 'CANCELLED', asksReason: true, question: 'Cancel this order?' },
}

/** The usual sequence of actions, from a new order to a completed one. */
const FORWARD: OrderAction[] = ['ACCEPT', 'START_PREPARING', 'MARK_READY', 'DISPATCH', 'DELIVER', 'COMPLETE']

/** Splits the allowed actions into the next step and the others. */
export function splitActions(allowed: OrderAction[]): { primary: OrderAction | null; others: OrderAction[] } {
  const primary = FORWARD.find((action) => allowed.includes(action)) ?? null
  return { primary, others: allowed.filter((action) => action !== primary) }
}

/** The label of an action; a pick-up is picked up instead of delivered. */
export function actionLabel(action: OrderAction, fulfilment: 'DELIVERY' | 'PICKUP'): string {
  if (action === 'DELIVER' && fulfilment === 'PICKUP') return 'Mark as picked up'
  return ORDER_ACTIONS[action].label
}
