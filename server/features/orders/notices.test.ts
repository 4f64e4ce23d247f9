import { expect, test } from 'vitest'
import { ORDER_ACTIONS } from './domain.ts'
import { noticeOf } from './notices.ts'

test('the customer receives a notice for every transition that concerns them', () => {
  const told = Object.fromEntries([...ORDER_ACTIONS, 'EXPIRE' as const].map((move) => [move, noticeOf(move, 'PICKUP')]))
  expect(told).toEqual({
    ACCEPT: 'order_accepted',
    REJECT: 'order_rejected',
    START_PREPARING: 'order_preparing',
    MARK_READY: 'order_ready_for_pickup',
    DISPATCH: 'order_dispatched',
    DELIVER: 'order_delivered',
    FAIL_DELIVERY: 'delivery_failed',
    COMPLETE: null,
    CANCEL: 'order_cancelled',
    RETURN: null,
    EXPIRE: 'order_expired',
  })
  expect(noticeOf('MARK_READY', 'DELIVERY')).toBe('order_ready')
})
