import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { systemActor, type Actor } from '../../auth/actor.ts'
import { botPermissions, permissionsOfRole } from '../../auth/permissions.ts'
import { OrderStatus, type StaffRole } from '../../generated/prisma/enums.ts'
import {
  allowedOrderActions,
  decideTransition,
  FINAL_STATUSES,
  IllegalTransitionError,
  ORDER_ACTIONS,
  orderTableFaults,
  ORDER_TRANSITIONS,
  type OrderMove,
  type OrderState,
} from './domain.ts'

const statuses = Object.values(OrderStatus)
const staff = (role: StaffRole): Actor => ({
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
const clock = systemActor('m')
const at = (status: OrderStatus, fulfilment: OrderState['fulfilment'] = 'DELIVERY'): OrderState => ({
  status,
  fulfilment,
})

describe('the transition table of an order', () => {
  test('has no unreachable status, no dead end and no ambiguous transition', () => {
    expect(orderTableFaults(ORDER_TRANSITIONS, statuses)).toEqual([])
  })

  test('reports unreachable statuses, dead ends, transitions out of final statuses, and ambiguous transitions', () => {
    const without = (action: OrderMove) => ORDER_TRANSITIONS.filter((one) => one.action !== action)
    expect(orderTableFaults(without('EXPIRE'), statuses)).toContain('DELIVERY: EXPIRED cannot be reached')
    expect(orderTableFaults(without('DISPATCH'), statuses)).toContain('DELIVERY: IN_DELIVERY cannot be reached')
    const merchant = ['MERCHANT'] as const
    expect(
      orderTableFaults(
        [...ORDER_TRANSITIONS, { action: 'ACCEPT', from: 'EXPIRED', to: 'CONFIRMED', by: merchant }],
        statuses,
      ),
    ).toContain('PICKUP: EXPIRED is final but can be left')
    expect(
      orderTableFaults(
        [...ORDER_TRANSITIONS, { action: 'ACCEPT', from: 'PENDING', to: 'READY', by: merchant }],
        statuses,
      ),
    ).toContain('PICKUP: ACCEPT from PENDING is ambiguous')
    const stuck = ORDER_TRANSITIONS.filter((one) => one.from !== 'DELIVERED')
    expect(orderTableFaults(stuck, statuses)).toContain('PICKUP: DELIVERED is a dead end')
  })
})

describe('allowed actions', () => {
  test('staff with orders:write get every action of the status, viewers none', () => {
    expect(allowedOrderActions(at('PENDING'), staff('OWNER'))).toEqual(['ACCEPT', 'REJECT', 'CANCEL'])
    expect(allowedOrderActions(at('READY'), staff('AGENT'))).toEqual(['DISPATCH', 'CANCEL'])
    expect(allowedOrderActions(at('READY', 'PICKUP'), staff('MANAGER'))).toEqual(['DELIVER', 'CANCEL'])
    expect(allowedOrderActions(at('IN_DELIVERY'), staff('AGENT'))).toEqual(['DELIVER', 'FAIL_DELIVERY'])
    for (const status of statuses) expect(allowedOrderActions(at(status), staff('VIEWER'))).toEqual([])
    expect(allowedOrderActions(at('PENDING'), null)).toEqual([])
  })

  test('a customer can only cancel, and only until the shop prepares the order', () => {
    const possible = statuses
      .map((status) => [status, allowedOrderActions(at(status), bot)] as const)
      .filter(([, actions]) => actions.length > 0)
    expect(possible).toEqual([
      ['PENDING', ['CANCEL']],
      ['CONFIRMED', ['CANCEL']],
    ])
  })

  test('only a timeout expires an order, and only a PENDING one', () => {
    expect(decideTransition(at('PENDING'), 'EXPIRE', clock).to).toBe('EXPIRED')
    expect(() => decideTransition(at('PENDING'), 'EXPIRE', staff('OWNER'))).toThrow(IllegalTransitionError)
    expect(() => decideTransition(at('CONFIRMED'), 'EXPIRE', clock)).toThrow(IllegalTransitionError)
  })

  test('a refusal has the status and the possible actions', () => {
    try {
      decideTransition(at('CONFIRMED'), 'DISPATCH', staff('OWNER'))
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(IllegalTransitionError)
      expect(error).toMatchObject({ status: 'CONFIRMED', allowedActions: ['START_PREPARING', 'MARK_READY', 'CANCEL'] })
    }
  })
})

test('random transitions follow the table, and stock is reserved exactly while the order needs it', () => {
  const actors = fc.constantFrom(staff('OWNER'), staff('VIEWER'), bot, clock)
  const moves = fc.array(fc.tuple(fc.constantFrom<OrderMove>(...ORDER_ACTIONS, 'EXPIRE'), actors), { maxLength: 40 })
  fc.assert(
    fc.property(fc.constantFrom('DELIVERY' as const, 'PICKUP' as const), moves, (fulfilment, sequence) => {
      let order = at('PENDING', fulfilment)
      let stock: 'HELD' | 'ALLOCATED' | 'CONSUMED' | 'RELEASED' = 'HELD'
      for (const [move, actor] of sequence) {
        const offered = allowedOrderActions(order, actor)
        try {
          const step = decideTransition(order, move, actor)
          expect(FINAL_STATUSES).not.toContain(order.status)
          if (move !== 'EXPIRE') expect(offered).toContain(move)
          if (step.stock) {
            expect(['HELD', 'ALLOCATED']).toContain(stock)
            stock = { ALLOCATE: 'ALLOCATED' as const, CONSUME: 'CONSUMED' as const, RELEASE: 'RELEASED' as const }[
              step.stock
            ]
          }
          order = { status: step.to, fulfilment }
        } catch (error) {
          expect(error).toBeInstanceOf(IllegalTransitionError)
          expect(offered).not.toContain(move)
        }
        const expected = {
          PENDING: 'HELD',
          CONFIRMED: 'ALLOCATED',
          PREPARING: 'ALLOCATED',
          READY: 'ALLOCATED',
          IN_DELIVERY: 'ALLOCATED',
          DELIVERED: 'CONSUMED',
          COMPLETED: 'CONSUMED',
          RETURNED: 'CONSUMED',
          REJECTED: 'RELEASED',
          EXPIRED: 'RELEASED',
          CANCELLED: 'RELEASED',
        }[order.status]
        expect(stock).toBe(expected)
        if (fulfilment === 'PICKUP') expect(order.status).not.toBe('IN_DELIVERY')
      }
    }),
  )
})
