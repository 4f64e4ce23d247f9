import { describe, expect, it } from 'vitest'

import type { ChatMessage } from '../state/model.ts'
import { hasArrived, mergeMessages } from './chat-store.ts'

const order = 'abc'
const message = (wamid: string, revision: number, status: ChatMessage['status'] = 'sent'): ChatMessage => ({
  wamid,
  seq: order.indexOf(wamid),
  revision,
  status,
  phoneNumberId: '1',
  customerId: '2',
  from: 'shop',
  at: 0,
  body: { kind: 'text', text: wamid },
})
const shown = (messages: readonly ChatMessage[]) => messages.map((m) => `${m.wamid} ${m.status}`)

describe('merging messages', () => {
  it('adds new ones at the end and replaces older versions in place', () => {
    const old = [message('a', 1), message('b', 2)]
    expect(shown(mergeMessages(old, [message('a', 3, 'read'), message('c', 4)]))).toEqual([
      'a read',
      'b sent',
      'c sent',
    ])
  })

  it('keeps a newer version when an answer is older than the last event', () => {
    const old = [message('a', 5, 'read')]
    expect(shown(mergeMessages(old, [message('a', 2, 'sent')]))).toEqual(['a read'])
  })

  it('orders an early event behind the messages sent before it', () => {
    const early = [message('c', 9)]
    expect(shown(mergeMessages(early, [message('a', 1), message('b', 2)]))).toEqual(['a sent', 'b sent', 'c sent'])
  })
})

describe('messages on the phone', () => {
  it('are the sent messages of the shop and all messages of the customer', () => {
    const statuses = ['accepted', 'sent', 'delivered', 'read', 'failed'] as const
    expect(statuses.map((status) => hasArrived(message('a', 1, status)))).toEqual([false, true, true, true, false])
    expect(hasArrived({ ...message('a', 1, 'failed'), from: 'customer' })).toBe(true)
  })
})
