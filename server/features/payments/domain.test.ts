import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { systemActor, type Actor } from '../../auth/actor.ts'
import { botPermissions, permissionsOfRole } from '../../auth/permissions.ts'
import { OrderStatus, PaymentMethod, PaymentStatus } from '../../generated/prisma/enums.ts'
import {
  allowedPaymentActions,
  balanceOf,
  decidePaymentTransition,
  findTransition,
  IllegalPaymentActionError,
  INITIAL_STATUSES,
  isOpen,
  orderPaymentStatus,
  PAYMENT_ACTIONS,
  remindAt,
  paymentTableFaults,
  PAYMENT_TRANSITIONS,
  type MoneyFacts,
  type PaymentMover,
  type PaymentState,
} from './domain.ts'

const statuses = Object.values(PaymentStatus)
const methods = Object.values(PaymentMethod)
const movers: PaymentMover[] = ['MERCHANT', 'CUSTOMER', 'PROVIDER', 'SYSTEM']
const moves = [...new Set(PAYMENT_TRANSITIONS.map(({ move }) => move))]
const staff = (role: 'AGENT' | 'VIEWER'): Actor => ({
  kind: 'STAFF',
  merchantId: 'm',
  staffId: 's',
  sessionId: 'x',
  name: 'Test',
  role,
  permissions: permissionsOfRole(role),
})
const bot: Actor = {
  kind: 'BOT',
  keyId: 'k',
  merchantId: 'm',
  customerId: 'c',
  conversationId: 'v',
  turnId: 't',
  permissions: botPermissions,
}
const at = (status: PaymentStatus, method: PaymentMethod): PaymentState => ({ status, method })

describe('the transition table of a payment', () => {
  test('has no unreachable status, no dead end, no ambiguous transition, and none out of CAPTURED', () => {
    expect(paymentTableFaults(PAYMENT_TRANSITIONS, statuses)).toEqual([])
  })

  test('reports faults of each kind', () => {
    const without = (move: string) => PAYMENT_TRANSITIONS.filter((one) => one.move !== move)
    expect(paymentTableFaults(without('AUTHORIZE'), statuses)).toContain('AUTHORIZED cannot be reached')
    expect(
      paymentTableFaults(
        PAYMENT_TRANSITIONS.filter((one) => one.from !== 'PROOF_SUBMITTED'),
        statuses,
      ),
    ).toContain('BANK_TRANSFER: PROOF_SUBMITTED is a dead end')
    const more = (one: Partial<(typeof PAYMENT_TRANSITIONS)[number]>) => [
      ...PAYMENT_TRANSITIONS,
      {
        move: 'CANCEL' as const,
        from: 'PENDING' as const,
        to: 'FAILED' as const,
        by: ['MERCHANT'] as const,
        only: ['ONLINE'] as const,
        ...one,
      },
    ]
    expect(paymentTableFaults(more({}), statuses)).toContain('ONLINE: CANCEL from PENDING is ambiguous')
    expect(paymentTableFaults(more({ from: 'CAPTURED' }), statuses)).toContain(
      'CANCEL leaves CAPTURED; money is given back by a refund',
    )
    expect(paymentTableFaults(more({ from: 'FAILED', by: ['SYSTEM'] }), statuses)).toContain(
      'CANCEL is an action nobody may take',
    )
  })
})

describe('allowed actions', () => {
  test('staff check proofs and collect cash; viewers and the bot may do neither', () => {
    expect(allowedPaymentActions(at('PROOF_SUBMITTED', 'BANK_TRANSFER'), staff('AGENT'))).toEqual([
      'ACCEPT_PROOF',
      'REFUSE_PROOF',
      'CANCEL',
    ])
    expect(allowedPaymentActions(at('PENDING', 'CASH_ON_DELIVERY'), staff('AGENT'))).toEqual([
      'MARK_COLLECTED',
      'CANCEL',
    ])
    expect(allowedPaymentActions(at('PENDING', 'ONLINE'), staff('AGENT'))).toEqual(['CANCEL'])
    for (const status of statuses)
      for (const method of methods)
        for (const nobody of [staff('VIEWER'), bot, systemActor('m', 'c'), null])
          expect(allowedPaymentActions(at(status, method), nobody)).toEqual([])
  })

  test('a customer cannot withdraw a submitted proof, nor capture', () => {
    for (const method of methods)
      for (const status of statuses) {
        expect(findTransition(at(status, method), 'CANCEL', 'CUSTOMER') !== undefined).toBe(
          status === 'CREATED' || status === 'PENDING',
        )
        for (const move of ['CAPTURE', 'ACCEPT_PROOF', 'MARK_COLLECTED'] as const)
          expect(findTransition(at(status, method), move, 'CUSTOMER')).toBeUndefined()
      }
  })

  test('late money is captured from every status, but once', () => {
    for (const status of statuses.filter((one) => one !== 'PROOF_SUBMITTED'))
      expect(findTransition(at(status, 'ONLINE'), 'CAPTURE', 'PROVIDER') !== undefined).toBe(status !== 'CAPTURED')
  })

  test('a refusal has the possible actions', () => {
    expect(() => decidePaymentTransition(at('PROOF_SUBMITTED', 'BANK_TRANSFER'), 'MARK_COLLECTED', 'MERCHANT')).toThrow(
      new IllegalPaymentActionError('MARK_COLLECTED', at('PROOF_SUBMITTED', 'BANK_TRANSFER'), [
        'ACCEPT_PROOF',
        'REFUSE_PROOF',
        'CANCEL',
      ]),
    )
  })
})

test('random transitions capture at most once, and only CAPTURE leaves a closed payment', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...methods),
      fc.constantFrom(...INITIAL_STATUSES),
      fc.array(fc.tuple(fc.constantFrom(...moves), fc.constantFrom(...movers)), { maxLength: 30 }),
      (method, initial, tries) => {
        let status: PaymentStatus = initial
        let captures = 0
        for (const [move, mover] of tries) {
          const found = findTransition({ status, method }, move, mover)
          if (!found) continue
          expect(found.by).toContain(mover)
          expect(found.only).toContain(method)
          if (found.to === 'CAPTURED') captures++
          // Only money brings back a payment that is over; a payment that failed may still run out.
          if (!isOpen(status)) expect(['CAPTURED', 'EXPIRED']).toContain(found.to)
          status = found.to
        }
        expect(captures).toBeLessThanOrEqual(1)
        expect(status === 'CAPTURED').toBe(captures === 1)
      },
    ),
    { numRuns: 500 },
  )
})

const facts = fc
  .record({
    status: fc.constantFrom(...Object.values(OrderStatus)),
    total: fc.integer({ min: 0, max: 1_000_000 }),
    captured: fc.integer({ min: 0, max: 2_000_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    payments: fc.array(fc.record({ status: fc.constantFrom(...statuses), method: fc.constantFrom(...methods) }), {
      maxLength: 4,
    }),
  })
  .map(({ share, ...rest }): MoneyFacts => {
    // No money without a payment that brought it.
    const captured = rest.payments.length > 0 ? rest.captured : 0
    return { ...rest, captured, refunded: Math.floor(captured * share) }
  })

test('paid, due and toRefund are never negative, are whole minor units, and add up', () => {
  fc.assert(
    fc.property(facts, (money) => {
      const { paid, due, toRefund } = balanceOf(money)
      for (const amount of [paid, due, toRefund]) {
        expect(Number.isInteger(amount)).toBe(true)
        expect(amount).toBeGreaterThanOrEqual(0)
      }
      // A customer never owes and is owed at once, and nobody is owed more than they paid.
      expect(Math.min(due, toRefund)).toBe(0)
      expect(toRefund).toBeLessThanOrEqual(paid)
      expect(due).toBeLessThanOrEqual(money.total)
      if (orderPaymentStatus(money) === 'PAID') expect(due).toBe(0)
    }),
    { numRuns: 1_000 },
  )
})

describe('the payment status of an order', () => {
  const order = (more: Partial<MoneyFacts>): MoneyFacts => ({
    status: 'CONFIRMED',
    total: 1_000,
    captured: 0,
    refunded: 0,
    payments: [],
    ...more,
  })

  test.each([
    ['UNPAID', order({ payments: [at('PENDING', 'CASH_ON_DELIVERY')] })],
    ['UNPAID', order({})],
    ['AWAITING', order({ payments: [at('PENDING', 'ONLINE'), at('FAILED', 'ONLINE')] })],
    ['AWAITING', order({ payments: [at('CREATED', 'ONLINE')] })],
    ['PROOF_SUBMITTED', order({ payments: [at('PROOF_SUBMITTED', 'BANK_TRANSFER')] })],
    ['FAILED', order({ payments: [at('FAILED', 'ONLINE')] })],
    ['FAILED', order({ payments: [at('EXPIRED', 'BANK_TRANSFER')] })],
    ['PARTIALLY_PAID', order({ captured: 400, payments: [at('CAPTURED', 'ONLINE')] })],
    ['PAID', order({ captured: 1_000, payments: [at('CAPTURED', 'ONLINE')] })],
    ['PAID', order({ captured: 1_000, refunded: 300, payments: [at('CAPTURED', 'ONLINE')] })],
    ['REFUNDED', order({ captured: 1_000, refunded: 1_000, payments: [at('CAPTURED', 'ONLINE')] })],
    ['PAID', order({ total: 0 })],
  ] as const)('is %s', (face, money) => {
    expect(orderPaymentStatus(money)).toBe(face)
  })

  test('a delivered order from before payments were recorded counts as paid in cash', () => {
    expect(balanceOf(order({ status: 'PREPARING' }))).toEqual({ paid: 0, due: 1_000, toRefund: 0 })
    for (const status of ['DELIVERED', 'COMPLETED'] as const) {
      expect(balanceOf(order({ status }))).toEqual({ paid: 1_000, due: 0, toRefund: 0 })
      expect(orderPaymentStatus(order({ status }))).toBe('PAID')
    }
    expect(balanceOf(order({ status: 'CANCELLED' }))).toEqual({ paid: 0, due: 0, toRefund: 0 })
  })

  test('money paid for a closed order, or in excess, is to be refunded', () => {
    const paid = [at('CAPTURED', 'ONLINE')]
    expect(balanceOf(order({ status: 'CANCELLED', captured: 1_000, payments: paid }))).toMatchObject({
      toRefund: 1_000,
    })
    expect(balanceOf(order({ captured: 2_000, payments: paid }))).toEqual({ paid: 2_000, due: 0, toRefund: 1_000 })
  })
})

test('a reminder is due two hours before the expiry, or halfway when that is later', () => {
  const hour = 3600_000
  expect(remindAt({ createdAt: 0, expiresAt: 24 * hour })).toBe(22 * hour)
  expect(remindAt({ createdAt: 0, expiresAt: hour })).toBe(hour / 2)
  fc.assert(
    fc.property(fc.nat(1e12), fc.integer({ min: 1, max: 1e10 }), (createdAt, window) => {
      const moment = remindAt({ createdAt, expiresAt: createdAt + window })
      expect(moment).toBeGreaterThan(createdAt)
      expect(moment).toBeLessThan(createdAt + window)
    }),
  )
})

test('every action is documented by a row of the table', () => {
  for (const action of PAYMENT_ACTIONS) expect(moves).toContain(action)
})
