import type { Actor } from '../../auth/actor.ts'
import { can } from '../../auth/actor.ts'
import { DomainError } from '../../errors.ts'
import type { Fulfilment, OrderStatus } from '../../generated/prisma/enums.ts'

export const ORDER_ACTIONS = [
  'ACCEPT',
  'REJECT',
  'START_PREPARING',
  'MARK_READY',
  'DISPATCH',
  'DELIVER',
  'FAIL_DELIVERY',
  'COMPLETE',
  'CANCEL',
  'RETURN',
] as const
export type OrderAction = (typeof ORDER_ACTIONS)[number]
/** Transitions of an order: actions of people, and timeouts. */
export type OrderMove = OrderAction | 'EXPIRE' | 'CANCEL_UNPAID'

/** The party that makes a transition. Customers act through the bot. */
type Mover = 'MERCHANT' | 'CUSTOMER' | 'CLOCK'
/** Effect of a transition on the order's stock reservations. */
export type StockStep = 'ALLOCATE' | 'CONSUME' | 'RELEASE'
type DeliveryStep = 'PLAN' | 'START' | 'COMPLETE' | 'FAIL' | 'CANCEL'

export type Transition = {
  action: OrderMove
  from: OrderStatus
  to: OrderStatus
  by: readonly Mover[]
  /** Only for orders with this fulfilment. */
  only?: Fulfilment
  stock?: StockStep
  /** Effect on the delivery, for orders that have one. */
  delivery?: DeliveryStep
}

const merchant = ['MERCHANT'] as const
const anyone = ['MERCHANT', 'CUSTOMER'] as const

/** The transition table of an order: API, screens and tests read the allowed actions from it. */
export const ORDER_TRANSITIONS: readonly Transition[] = [
  { action: 'ACCEPT', from: 'PENDING', to: 'CONFIRMED', by: merchant, stock: 'ALLOCATE', delivery: 'PLAN' },
  { action: 'REJECT', from: 'PENDING', to: 'REJECTED', by: merchant, stock: 'RELEASE' },
  { action: 'EXPIRE', from: 'PENDING', to: 'EXPIRED', by: ['CLOCK'], stock: 'RELEASE' },
  // An order paid in advance whose payment expired.
  { action: 'CANCEL_UNPAID', from: 'PENDING', to: 'CANCELLED', by: ['CLOCK'], stock: 'RELEASE' },
  {
    action: 'CANCEL_UNPAID',
    from: 'CONFIRMED',
    to: 'CANCELLED',
    by: ['CLOCK'],
    stock: 'RELEASE',
    delivery: 'CANCEL',
  },
  { action: 'START_PREPARING', from: 'CONFIRMED', to: 'PREPARING', by: merchant },
  { action: 'MARK_READY', from: 'CONFIRMED', to: 'READY', by: merchant },
  { action: 'MARK_READY', from: 'PREPARING', to: 'READY', by: merchant },
  { action: 'DISPATCH', from: 'READY', to: 'IN_DELIVERY', by: merchant, only: 'DELIVERY', delivery: 'START' },
  {
    action: 'DELIVER',
    from: 'IN_DELIVERY',
    to: 'DELIVERED',
    by: merchant,
    only: 'DELIVERY',
    stock: 'CONSUME',
    delivery: 'COMPLETE',
  },
  { action: 'DELIVER', from: 'READY', to: 'DELIVERED', by: merchant, only: 'PICKUP', stock: 'CONSUME' },
  { action: 'FAIL_DELIVERY', from: 'IN_DELIVERY', to: 'READY', by: merchant, only: 'DELIVERY', delivery: 'FAIL' },
  { action: 'COMPLETE', from: 'DELIVERED', to: 'COMPLETED', by: merchant },
  { action: 'RETURN', from: 'DELIVERED', to: 'RETURNED', by: merchant },
  { action: 'CANCEL', from: 'PENDING', to: 'CANCELLED', by: anyone, stock: 'RELEASE' },
  { action: 'CANCEL', from: 'CONFIRMED', to: 'CANCELLED', by: anyone, stock: 'RELEASE', delivery: 'CANCEL' },
  { action: 'CANCEL', from: 'PREPARING', to: 'CANCELLED', by: merchant, stock: 'RELEASE', delivery: 'CANCEL' },
  { action: 'CANCEL', from: 'READY', to: 'CANCELLED', by: merchant, stock: 'RELEASE', delivery: 'CANCEL' },
]

export const INITIAL_STATUS: OrderStatus = 'PENDING'
/** Statuses without further transitions. */
export const FINAL_STATUSES: readonly OrderStatus[] = ['COMPLETED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'RETURNED']

/** The part of an order that decides its transitions. */
export type OrderState = { status: OrderStatus; fulfilment: Fulfilment }

/** The transition is not in the table for the order's status and the actor. */
export class IllegalTransitionError extends DomainError {
  readonly status: OrderStatus
  readonly allowedActions: OrderAction[]
  constructor(action: OrderMove, status: OrderStatus, allowed: OrderAction[]) {
    super(
      `${action} is not possible for you while the order is ${status}; possible: ${allowed.join(', ') || 'nothing'}.`,
    )
    this.status = status
    this.allowedActions = allowed
  }
}

function moverOf(actor: Actor): Mover {
  if (actor.kind === 'SYSTEM') return actor.customerId ? 'CUSTOMER' : 'CLOCK'
  return actor.kind === 'BOT' ? 'CUSTOMER' : 'MERCHANT'
}

const fits = (transition: Transition, { status, fulfilment }: OrderState): boolean =>
  transition.from === status && (!transition.only || transition.only === fulfilment)

const isAction = (move: OrderMove): move is OrderAction => ORDER_ACTIONS.some((action) => action === move)

/** Actions the actor may take on the order now, in the order of the table. */
export function allowedOrderActions(order: OrderState, actor: Actor | null): OrderAction[] {
  if (!actor || !can(actor, 'orders:write')) return []
  const mover = moverOf(actor)
  return ORDER_TRANSITIONS.filter((transition) => fits(transition, order) && transition.by.includes(mover))
    .map((transition) => transition.action)
    .filter(isAction)
}

/** @throws IllegalTransitionError with the actions that are possible. */
export function decideTransition(order: OrderState, action: OrderMove, actor: Actor): Transition {
  const mover = can(actor, 'orders:write') ? moverOf(actor) : null
  const found = ORDER_TRANSITIONS.find(
    (one) => one.action === action && fits(one, order) && mover && one.by.includes(mover),
  )
  if (!found) throw new IllegalTransitionError(action, order.status, allowedOrderActions(order, actor))
  return found
}

/** Faults of a transition table: unreachable statuses, dead ends, and ambiguous transitions. */
export function orderTableFaults(table: readonly Transition[], statuses: readonly OrderStatus[]): string[] {
  const faults: string[] = []
  for (const fulfilment of ['DELIVERY', 'PICKUP'] as const) {
    const usable = table.filter((one) => !one.only || one.only === fulfilment)
    const reached = new Set<OrderStatus>([INITIAL_STATUS])
    // A set grows while it is walked: this visits everything reachable.
    for (const at of reached) for (const one of usable) if (one.from === at) reached.add(one.to)
    for (const status of reached) {
      const leaves = usable.some((one) => one.from === status)
      if (!leaves && !FINAL_STATUSES.includes(status)) faults.push(`${fulfilment}: ${status} is a dead end`)
      if (leaves && FINAL_STATUSES.includes(status)) faults.push(`${fulfilment}: ${status} is final but can be left`)
    }
    for (const status of statuses) {
      const needless = fulfilment === 'PICKUP' && status === 'IN_DELIVERY'
      if (!reached.has(status) && !needless) faults.push(`${fulfilment}: ${status} cannot be reached`)
    }
    const moves = usable.map((one) => `${one.action} from ${one.from}`)
    for (const move of new Set(moves))
      if (moves.filter((one) => one === move).length > 1) faults.push(`${fulfilment}: ${move} is ambiguous`)
  }
  return faults
}
