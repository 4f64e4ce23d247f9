import type { Actor } from '../../auth/actor.ts'
import { can } from '../../auth/actor.ts'
import { DomainError } from '../../errors.ts'
import type { OrderStatus, PaymentMethod, PaymentStatus } from '../../generated/prisma/enums.ts'

/** Payment methods as texts for people name them. */
export const METHOD_LABELS: Readonly<Record<PaymentMethod, string>> = {
  CASH_ON_DELIVERY: 'cash on delivery',
  BANK_TRANSFER: 'bank transfer',
  ONLINE: 'online payment',
}

export const PAYMENT_ACTIONS = ['ACCEPT_PROOF', 'REFUSE_PROOF', 'MARK_COLLECTED', 'CANCEL'] as const
export type PaymentAction = (typeof PAYMENT_ACTIONS)[number]
/** Transitions of a payment: actions of staff and customers, statuses that a provider reports, and timeouts. */
export type PaymentMove = PaymentAction | 'START' | 'SUBMIT_PROOF' | 'AUTHORIZE' | 'CAPTURE' | 'FAIL' | 'EXPIRE'

/** The party that makes a transition. Customers act through the bot; SYSTEM acts when an order closes or the payment method changes. */
export type PaymentMover = 'MERCHANT' | 'CUSTOMER' | 'PROVIDER' | 'SYSTEM'

export type PaymentTransition = {
  move: PaymentMove
  from: PaymentStatus
  to: PaymentStatus
  by: readonly PaymentMover[]
  /** Payment methods that have this transition. */
  only: readonly PaymentMethod[]
}

const merchant = ['MERCHANT'] as const
const provider = ['PROVIDER'] as const
const system = ['SYSTEM'] as const
const online = ['ONLINE'] as const
const transfer = ['BANK_TRANSFER'] as const
const advance = ['BANK_TRANSFER', 'ONLINE'] as const
const everyMethod = ['CASH_ON_DELIVERY', 'BANK_TRANSFER', 'ONLINE'] as const
/** Methods whose money staff confirm: in the till, or on the shop's bank account. */
const confirmedByStaff = ['CASH_ON_DELIVERY', 'BANK_TRANSFER'] as const

/**
 * The transition table of a payment. Money may arrive after a payment was cancelled, failed or expired, so CAPTURE leaves
 * every status but CAPTURED. A submitted proof does not expire, because the shop must review it first.
 */
export const PAYMENT_TRANSITIONS: readonly PaymentTransition[] = [
  { move: 'START', from: 'CREATED', to: 'PENDING', by: system, only: everyMethod },
  { move: 'SUBMIT_PROOF', from: 'PENDING', to: 'PROOF_SUBMITTED', by: ['MERCHANT', 'CUSTOMER'], only: transfer },
  {
    move: 'SUBMIT_PROOF',
    from: 'PROOF_SUBMITTED',
    to: 'PROOF_SUBMITTED',
    by: ['MERCHANT', 'CUSTOMER'],
    only: transfer,
  },
  { move: 'ACCEPT_PROOF', from: 'PROOF_SUBMITTED', to: 'CAPTURED', by: merchant, only: transfer },
  { move: 'REFUSE_PROOF', from: 'PROOF_SUBMITTED', to: 'PENDING', by: merchant, only: transfer },
  { move: 'MARK_COLLECTED', from: 'PENDING', to: 'CAPTURED', by: ['MERCHANT', 'SYSTEM'], only: confirmedByStaff },
  { move: 'AUTHORIZE', from: 'PENDING', to: 'AUTHORIZED', by: provider, only: online },
  { move: 'CAPTURE', from: 'CREATED', to: 'CAPTURED', by: provider, only: online },
  { move: 'CAPTURE', from: 'PENDING', to: 'CAPTURED', by: provider, only: online },
  { move: 'CAPTURE', from: 'AUTHORIZED', to: 'CAPTURED', by: provider, only: online },
  { move: 'CAPTURE', from: 'FAILED', to: 'CAPTURED', by: provider, only: online },
  { move: 'CAPTURE', from: 'EXPIRED', to: 'CAPTURED', by: provider, only: online },
  { move: 'CAPTURE', from: 'CANCELLED', to: 'CAPTURED', by: provider, only: online },
  { move: 'FAIL', from: 'CREATED', to: 'FAILED', by: provider, only: online },
  { move: 'FAIL', from: 'PENDING', to: 'FAILED', by: provider, only: online },
  { move: 'FAIL', from: 'AUTHORIZED', to: 'FAILED', by: provider, only: online },
  { move: 'EXPIRE', from: 'CREATED', to: 'EXPIRED', by: system, only: advance },
  { move: 'EXPIRE', from: 'PENDING', to: 'EXPIRED', by: system, only: advance },
  { move: 'EXPIRE', from: 'FAILED', to: 'EXPIRED', by: system, only: advance },
  { move: 'CANCEL', from: 'CREATED', to: 'CANCELLED', by: ['MERCHANT', 'CUSTOMER', 'SYSTEM'], only: everyMethod },
  { move: 'CANCEL', from: 'PENDING', to: 'CANCELLED', by: ['MERCHANT', 'CUSTOMER', 'SYSTEM'], only: everyMethod },
  { move: 'CANCEL', from: 'PROOF_SUBMITTED', to: 'CANCELLED', by: ['MERCHANT', 'SYSTEM'], only: transfer },
  { move: 'CANCEL', from: 'AUTHORIZED', to: 'CANCELLED', by: ['MERCHANT', 'SYSTEM'], only: online },
]

export const INITIAL_STATUSES: readonly PaymentStatus[] = ['CREATED', 'PENDING']
/** Statuses in which the payment may still be paid or confirmed. */
export const OPEN_STATUSES: readonly PaymentStatus[] = ['CREATED', 'PENDING', 'PROOF_SUBMITTED', 'AUTHORIZED']

export const isOpen = (status: PaymentStatus): boolean => OPEN_STATUSES.includes(status)
/** Whether the customer pays before the order is handed over. Such payments expire. */
export const isInAdvance = (method: PaymentMethod): boolean => advance.some((one) => one === method)

/** The part of a payment that decides its transitions. */
export type PaymentState = { status: PaymentStatus; method: PaymentMethod }

/** The transition is not in the table for the payment's status and the actor. */
export class IllegalPaymentActionError extends DomainError {
  readonly status: PaymentStatus
  readonly allowedActions: PaymentAction[]
  constructor(move: PaymentMove, { status, method }: PaymentState, allowed: PaymentAction[]) {
    super(
      `${move} is not possible for you while the payment (${method}) is ${status}; possible: ${allowed.join(', ') || 'nothing'}.`,
    )
    this.status = status
    this.allowedActions = allowed
  }
}

/** The payment cannot be started, proved or refunded. The message says why. */
export class PaymentNotPossibleError extends DomainError {}

/** The party that the actor is in the transition table. */
export const moverOf = (actor: Actor): PaymentMover =>
  actor.kind === 'BOT' || (actor.kind === 'SYSTEM' && actor.customerId)
    ? 'CUSTOMER'
    : actor.kind === 'SYSTEM'
      ? 'SYSTEM'
      : 'MERCHANT'

const isAction = (move: PaymentMove): move is PaymentAction => PAYMENT_ACTIONS.some((action) => action === move)

/** The table's row for this transition, or undefined when it is not possible. */
export const findTransition = (
  { status, method }: PaymentState,
  move: PaymentMove,
  mover: PaymentMover,
): PaymentTransition | undefined =>
  PAYMENT_TRANSITIONS.find(
    (one) => one.move === move && one.from === status && one.only.includes(method) && one.by.includes(mover),
  )

/** Actions that staff may take on the payment now, in the order of PAYMENT_ACTIONS. Customers have mutations of their own. */
export function allowedPaymentActions(payment: PaymentState, actor: Actor | null): PaymentAction[] {
  if (!actor || !can(actor, 'payments:write') || moverOf(actor) === 'CUSTOMER') return []
  return PAYMENT_ACTIONS.filter((action) => findTransition(payment, action, moverOf(actor)))
}

/** @throws IllegalPaymentActionError with the actions that are possible. */
export function decidePaymentTransition(
  payment: PaymentState,
  move: PaymentMove,
  mover: PaymentMover,
): PaymentTransition {
  const found = findTransition(payment, move, mover)
  if (found) return found
  throw new IllegalPaymentActionError(
    move,
    payment,
    PAYMENT_ACTIONS.filter((action) => findTransition(payment, action, mover)),
  )
}

/** Faults of a transition table: unreachable statuses, dead ends, ambiguous transitions, and actions that staff cannot take. */
export function paymentTableFaults(table: readonly PaymentTransition[], statuses: readonly PaymentStatus[]): string[] {
  const faults: string[] = []
  const reached = new Set<PaymentStatus>(INITIAL_STATUSES)
  // A set grows while it is walked: this visits everything reachable.
  for (const at of reached) for (const one of table) if (one.from === at) reached.add(one.to)
  for (const status of statuses) if (!reached.has(status)) faults.push(`${status} cannot be reached`)
  for (const method of everyMethod) {
    const usable = table.filter((one) => one.only.includes(method))
    const reachedBy = new Set<PaymentStatus>(INITIAL_STATUSES)
    for (const at of reachedBy) for (const one of usable) if (one.from === at) reachedBy.add(one.to)
    for (const status of reachedBy)
      if (isOpen(status) && !usable.some((one) => one.from === status && !isOpen(one.to)))
        faults.push(`${method}: ${status} is a dead end`)
    const moves = usable.map((one) => `${one.move} from ${one.from}`)
    for (const move of new Set(moves))
      if (moves.filter((one) => one === move).length > 1) faults.push(`${method}: ${move} is ambiguous`)
  }
  for (const one of table) {
    if (one.from === 'CAPTURED') faults.push(`${one.move} leaves CAPTURED; money is given back by a refund`)
    if (isAction(one.move) && !one.by.includes('MERCHANT')) faults.push(`${one.move} is an action nobody may take`)
  }
  return faults
}

/** Payment statuses of an order, derived from its ledger and its payments. */
export const ORDER_PAYMENT_STATUSES = [
  'UNPAID',
  'AWAITING',
  'PROOF_SUBMITTED',
  'PARTIALLY_PAID',
  'PAID',
  'FAILED',
  'REFUNDED',
] as const
export type OrderPaymentStatus = (typeof ORDER_PAYMENT_STATUSES)[number]

/** The order's ledger totals and payments; amounts in minor units, payments latest first. */
export type MoneyFacts = {
  status: OrderStatus
  total: number
  captured: number
  /** Refunded, as a positive amount. */
  refunded: number
  payments: readonly PaymentState[]
}

const CLOSED: readonly OrderStatus[] = ['CANCELLED', 'REJECTED', 'EXPIRED', 'RETURNED']

/** Delivered orders from before payments were recorded count as paid in cash. */
const capturedOf = ({ status, total, captured, payments }: MoneyFacts): number =>
  payments.length === 0 && (status === 'DELIVERED' || status === 'COMPLETED') ? total : captured

/**
 * The balance of an order in minor units, never negative: `paid` is captured less refunded, `due` is the amount the customer
 * still owes (0 for a closed order), `toRefund` is the amount the shop owes the customer.
 */
export function balanceOf(facts: MoneyFacts): { paid: number; due: number; toRefund: number } {
  const captured = capturedOf(facts)
  const paid = captured - facts.refunded
  const closed = CLOSED.includes(facts.status)
  // A voluntary refund does not make the amount due again.
  const due = closed ? 0 : Math.max(0, facts.total - captured)
  const toRefund = closed ? paid : Math.max(0, paid - facts.total)
  return { paid, due, toRefund }
}

/** The payment status of an order. */
export function orderPaymentStatus(facts: MoneyFacts): OrderPaymentStatus {
  const captured = capturedOf(facts)
  if (facts.refunded > 0 && captured === facts.refunded) return 'REFUNDED'
  if (captured >= facts.total) return 'PAID'
  if (captured > 0) return 'PARTIALLY_PAID'
  const open = facts.payments.find(({ status }) => isOpen(status))
  if (open?.status === 'PROOF_SUBMITTED') return 'PROOF_SUBMITTED'
  if (open) return isInAdvance(open.method) ? 'AWAITING' : 'UNPAID'
  const latest = facts.payments[0]?.status
  return latest === 'FAILED' || latest === 'EXPIRED' ? 'FAILED' : 'UNPAID'
}

const REMIND_AHEAD_MS = 2 * 3600_000

/**
 * The time of a payment's reminder: two hours before it expires, or halfway through its period when that is later. Times are
 * ms since the epoch.
 */
export const remindAt = ({ createdAt, expiresAt }: { createdAt: number; expiresAt: number }): number =>
  Math.max(expiresAt - REMIND_AHEAD_MS, createdAt + (expiresAt - createdAt) / 2)

export const REMIND_AHEAD_SECONDS = REMIND_AHEAD_MS / 1000
