import { request } from 'node:http'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'

import type { InboundContent, OutboundContent } from '../../whatsapp/content.ts'
import type { CustomerAction } from '../chats/customer-actions.ts'
import type { Harness } from '../../../test/harness/emulator.ts'
import { shopNumber, startHarness } from '../../../test/harness/emulator.ts'

const { phoneNumberId } = shopNumber
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 9])

let harness: Harness
beforeEach(async () => {
  harness = await startHarness()
})
afterEach(async () => harness[Symbol.asyncDispose]())

async function call(path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${harness.url}/_emulator/control${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const customer = () => harness.emulator.control.customers()[0]!
const chatPath = () => `/chats/${phoneNumberId}/${customer().id}`

describe('the control API', () => {
  it('lists numbers and customers', async () => {
    const { body } = await call('/state')
    expect(body).toMatchObject({
      numbers: [shopNumber],
      customers: [{ name: 'Customer 1', waId: '15550100101' }, { name: 'Customer 2' }],
    })
  })

  it('adds each customer once, by number or by user name alone', async () => {
    const first = await call('/customers', { phone: '+1 (555) 010-0177', name: 'New' })
    expect(first).toMatchObject({ status: 201, body: { waId: '15550100177', name: 'New' } })
    expect((await call('/customers', { phone: '15550100177' })).body).toEqual(first.body)
    expect((await call('/customers', { username: 'some.one' })).body).toMatchObject({ username: '@some.one' })
    for (const wrong of [{}, { phone: 'abc' }, { phone: '1', username: 'abc' }, { username: 'A B' }, 'x', null]) {
      expect((await call('/customers', wrong)).status, JSON.stringify(wrong)).toBe(400)
    }
  })

  const actions: [CustomerAction, InboundContent][] = [
    [
      { kind: 'text', body: 'hi' },
      { kind: 'text', body: 'hi' },
    ],
    [
      { kind: 'location', latitude: 1.5, longitude: 2, name: 'Here' },
      { kind: 'location', latitude: 1.5, longitude: 2, name: 'Here' },
    ],
    [
      { kind: 'cart', items: [{ sku: 'a', quantity: 2, itemPrice: 3, currency: 'EUR' }] },
      {
        kind: 'cart',
        catalogId: '1000000000000001',
        items: [{ sku: 'a', quantity: 2, itemPrice: 3, currency: 'EUR' }],
      },
    ],
    [
      { kind: 'raw', part: { type: 'poll', poll: {} } },
      { kind: 'other', type: 'poll' },
    ],
  ]
  it.each(actions)('sends %j as the customer', async (action, content) => {
    expect((await call(`${chatPath()}/messages`, action)).status).toBe(201)
    await harness.emulator.control.settled()
    expect(harness.shop.received[0]?.updates.messages[0]?.content).toEqual(content)
  })

  it('taps a choice of the shop’s message, quoting it, and refuses other choices', async () => {
    await call(`${chatPath()}/messages`, { kind: 'text', body: 'hi' })
    const to = { phone: '+15550100101' }
    const buttons: OutboundContent = { kind: 'buttons', body: 'Sure?', buttons: [{ id: 'yes', title: 'Yes' }] }
    const { wamid } = await harness.client.sendMessage(phoneNumberId, { to, content: buttons, opaqueId: 'm' })
    const rows = [{ id: 'r1', title: 'One', description: 'first' }]
    const list: OutboundContent = { kind: 'list', body: 'Pick', button: 'See', sections: [{ title: 'A', rows }] }
    const second = await harness.client.sendMessage(phoneNumberId, { to, content: list, opaqueId: 'n' })
    await call(`${chatPath()}/messages`, { kind: 'tap', messageWamid: wamid, choiceId: 'yes' })
    await call(`${chatPath()}/messages`, { kind: 'tap', messageWamid: second.wamid, choiceId: 'r1' })
    await harness.emulator.control.settled()
    const heard = harness.shop.received.flatMap((received) => received.updates.messages)
    expect(heard.slice(1)).toMatchObject([
      { contextWamid: wamid, content: { kind: 'choice', choiceId: 'yes', title: 'Yes' } },
      { contextWamid: second.wamid, content: { kind: 'choice', choiceId: 'r1', title: 'One', description: 'first' } },
    ])
    const wrong = await call(`${chatPath()}/messages`, { kind: 'tap', messageWamid: wamid, choiceId: 'no' })
    expect(wrong).toMatchObject({ status: 400, body: { error: { message: 'The message offers no such choice' } } })
  })

  it('sends an image, which the shop and the page can fetch', async () => {
    const { body } = await call('/images', jpeg, { 'content-type': 'image/jpeg' })
    const { mediaId } = body as { mediaId: string }
    const sent = await call(`${chatPath()}/messages`, { kind: 'image', mediaId, caption: 'proof' })
    await harness.emulator.control.settled()
    expect(harness.shop.received[0]?.updates.messages[0]?.content).toMatchObject({ kind: 'image', mediaId })
    expect((await harness.client.downloadMedia(mediaId, { maxBytes: 100 })).bytes).toEqual(jpeg)
    const wamid = encodeURIComponent(String(sent.body['wamid']))
    const image = await fetch(`${harness.url}/_emulator/control/images/${wamid}`)
    expect(image.headers.get('content-type')).toBe('image/jpeg')
    expect(Buffer.from(await image.arrayBuffer())).toEqual(jpeg)
    const html = await call('/images', Buffer.from('<html>'), { 'content-type': 'image/jpeg' })
    expect(html.status).toBe(400)
    const huge = await call('/images', Buffer.alloc(5 * 1024 * 1024 + 1), { 'content-type': 'image/jpeg' })
    expect(huge.status).toBe(413)
  })

  it('adds and removes a reaction', async () => {
    const { body } = await call(`${chatPath()}/messages`, { kind: 'text', body: 'hi' })
    const messageWamid = String(body['wamid'])
    await call(`${chatPath()}/messages`, { kind: 'reaction', messageWamid, emoji: '👍' })
    expect(harness.emulator.control.messages()[0]?.reactions).toEqual({ customer: '👍' })
    await call(`${chatPath()}/messages`, { kind: 'reaction', messageWamid, emoji: '' })
    await harness.emulator.control.settled()
    const contents = harness.shop.received.map((received) => received.updates.messages[0]?.content)
    expect(contents.slice(1)).toEqual([
      { kind: 'reaction', messageWamid, emoji: '👍' },
      { kind: 'reaction', messageWamid, emoji: null },
    ])
  })

  it('refuses unknown chats, oversized bodies, broken JSON and unknown paths with JSON errors', async () => {
    expect((await call(`/chats/1/${customer().id}/messages`, { kind: 'text', body: 'x' })).status).toBe(400)
    expect((await call(`/chats/${phoneNumberId}/1/messages`, { kind: 'text', body: 'x' })).status).toBe(400)
    expect((await call(`${chatPath()}/messages`, { kind: 'text', body: 'x'.repeat(4097) })).status).toBe(400)
    expect((await call(`${chatPath()}/messages`, { kind: 'text', body: 'x'.repeat(600_000) })).status).toBe(413)
    const broken = await call(`${chatPath()}/messages`, Buffer.from('{'), { 'content-type': 'application/json' })
    expect(broken.status).toBe(400)
    expect((await call('/nowhere')).status).toBe(404)
  })

  it('sets schedule, clock, faults and deliveries, and resets them', async () => {
    expect((await call('/schedule', { readMs: 5 })).body).toEqual({ sentMs: 0, deliveredMs: 0, readMs: 5 })
    expect((await call('/faults', { effect: 'refuse', code: 131016 })).body).toMatchObject({
      faults: [{ code: 131016 }],
    })
    expect((await call('/clock', { offsetMs: 1000 })).status).toBe(200)
    expect((await call('/deliveries', { do: 'hold' })).status).toBe(200)
    expect((await call('/verify', {})).body).toEqual({ ok: true, status: 200 })
    expect((await call('/reset', {})).status).toBe(200)
    expect((await call('/state')).body).toMatchObject({ schedule: { readMs: null }, faults: [] })
    expect((await call('/faults', { effect: 'explode' })).status).toBe(400)
  })

  it('is closed to other web sites', async () => {
    const foreign = { origin: 'https://evil.test', 'content-type': 'application/json' }
    const status = await new Promise((resolve, reject) => {
      const post = request(`${harness.url}/_emulator/control/reset`, { method: 'POST', headers: foreign }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      post.on('error', reject).end('{}')
    })
    expect(status).toBe(403)
    const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/_emulator/socket`, {
      origin: 'https://evil.test',
    })
    const refused = await new Promise<Error>((resolve) => socket.on('error', resolve))
    expect(refused.message).toContain('403')
  })

  it('pushes messages and their ticks to an open page', async () => {
    const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/_emulator/socket`, { origin: harness.url })
    await new Promise((resolve) => socket.on('open', resolve))
    const seen: string[] = []
    const done = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        const event = JSON.parse(String(data)) as { type: string; message?: { from: string; status: string } }
        if (event.message) seen.push(`${event.message.from} ${event.message.status}`)
        if (seen.at(-1) === 'shop delivered') resolve()
      })
    })
    await harness.emulator.control.act(phoneNumberId, customer().id, { kind: 'text', body: 'hi' })
    await harness.emulator.control.settled()
    const to = { phone: '+15550100101' }
    await harness.client.sendMessage(phoneNumberId, { to, content: { kind: 'text', body: 'yo' }, opaqueId: 'm' })
    await done
    expect(seen).toEqual(['customer sent', 'customer delivered', 'shop accepted', 'shop sent', 'shop delivered'])
    socket.close()
  })

  it('allows the server to close while a page is open', async () => {
    const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/_emulator/socket`, { origin: harness.url })
    await new Promise((resolve) => socket.on('open', resolve))
    const closed = new Promise((resolve) => socket.on('close', resolve))
    await harness.closeServer()
    await closed
  })
})
