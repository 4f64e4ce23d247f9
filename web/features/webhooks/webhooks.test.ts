import { describe, expect, test } from 'vitest'
import { endpointState, groupEvents, healthSentence } from './webhook-status.ts'

const event = (type: string) => ({ type, description: '', permission: '', schemaUrl: '' }) as never

describe('events', () => {
  test('are grouped by subject, with other events at the end', () => {
    const types = [
      'stock_low',
      'bot_connected',
      'order_created',
      'payment_failed',
      'message_received',
      'order_status_changed',
    ]
    const groups = groupEvents(types.map(event))
    expect(groups.map(({ label, events }) => [label, events.map(({ type }) => type)])).toEqual([
      ['Orders', ['order_created', 'order_status_changed']],
      ['Payments', ['payment_failed']],
      ['Chats', ['message_received']],
      ['Catalogue', ['stock_low']],
      ['Other', ['bot_connected']],
    ])
  })
})

describe('an endpoint', () => {
  test.each([
    ['ENABLED', null, 'Enabled'],
    ['ENABLED', '2026-11-23T00:00:00Z', 'Failing'],
    ['DISABLED', '2026-11-23T00:00:00Z', 'Disabled'],
    ['FAILED', '2026-11-23T00:00:00Z', 'Failed'],
  ] as const)('that is %s and failing since %s is "%s"', (status, failingSince, label) => {
    expect(endpointState({ status, failingSince }).label).toBe(label)
  })

  test('summarises its latest deliveries without zero counts', () => {
    const lastDeliveredAt = null
    expect(healthSentence({ delivered: 0, failed: 0, pending: 0, lastDeliveredAt })).toBeNull()
    expect(healthSentence({ delivered: 5, failed: 0, pending: 0, lastDeliveredAt })).toBe('5 of the last 5 delivered')
    expect(healthSentence({ delivered: 5, failed: 2, pending: 1, lastDeliveredAt })).toBe(
      '5 of the last 8 delivered, 2 failed, 1 pending',
    )
  })
})
