import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'

import type { OutboundContent } from '../../whatsapp/content.ts'
import { AmbiguousSendError, WhatsAppError, WhatsAppUnreachableError } from '../../whatsapp/errors.ts'
import { createWhatsAppClient } from '../../whatsapp/client.ts'
import type { Harness } from '../../../test/harness/emulator.ts'
import { shopNumber, startHarness } from '../../../test/harness/emulator.ts'

const { phoneNumberId } = shopNumber
const phone = '+15550100101'
const text: OutboundContent = { kind: 'text', body: 'Hello' }

let harness: Harness
beforeEach(async () => {
  harness = await startHarness()
})
afterEach(async () => harness[Symbol.asyncDispose]())

const firstCustomer = () => harness.emulator.control.customers()[0]!
const writeFirst = () => harness.emulator.control.act(phoneNumberId, firstCustomer().id, { kind: 'text', body: 'hi' })
const send = (content: OutboundContent = text, opaqueId = 'm1') =>
  harness.client.sendMessage(phoneNumberId, { to: { phone }, content, opaqueId })
const statuses = () => harness.shop.received.flatMap((received) => received.updates.statuses)
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

const contents: OutboundContent[] = [
  { kind: 'text', body: 'Hello 🍛', previewUrl: true },
  { kind: 'image', url: 'https://shop.test/a.jpg', caption: 'Menu' },
  {
    kind: 'buttons',
    body: 'Confirm?',
    imageUrl: 'https://shop.test/a.jpg',
    footer: 'Total 5',
    buttons: [
      { id: 'yes', title: 'Yes' },
      { id: 'no', title: 'No' },
    ],
  },
  {
    kind: 'list',
    body: 'Pick',
    footer: 'incl. tax',
    button: 'See',
    sections: [
      { title: 'A', rows: [{ id: '1', title: 'One', description: 'first' }] },
      { title: 'B', rows: [{ id: '2', title: 'Two' }] },
    ],
  },
  { kind: 'list', body: 'Pick', button: 'See', sections: [{ title: '', rows: [{ id: '1', title: 'One' }] }] },
]

describe('the client against the emulator', () => {
  it.each(contents)('sends $kind, and reports its statuses in order with our id', async (content) => {
    await writeFirst()
    const sent = await send(content, 'outbox-7')
    expect(sent).toEqual({ wamid: expect.stringMatching(/^wamid\.[A-Za-z0-9+/]+=*$/), waId: '15550100101' })
    await harness.emulator.control.settled()
    expect(statuses().map((status) => [status.status, status.wamid, status.opaqueId])).toEqual([
      ['SENT', sent.wamid, 'outbox-7'],
      ['DELIVERED', sent.wamid, 'outbox-7'],
    ])
    expect(statuses()[0]).toMatchObject({
      recipient: { phone },
      pricing: { category: 'service', type: 'free_customer_service', model: 'PMP' },
    })
    harness.emulator.control.readChat(phoneNumberId, firstCustomer().id)
    await harness.emulator.control.settled()
    expect(statuses().map((status) => status.status)).toEqual(['SENT', 'DELIVERED', 'READ'])
  })

  it('sends to a customer without a phone number', async () => {
    const customer = harness.emulator.control.addCustomer({ username: 'someone' })
    await harness.emulator.control.act(phoneNumberId, customer.id, { kind: 'text', body: 'hi' })
    const to = { bsuid: customer.bsuid }
    const sent = await harness.client.sendMessage(phoneNumberId, { to, content: text, opaqueId: 'm' })
    expect(sent).not.toHaveProperty('waId')
    await harness.emulator.control.settled()
    expect(statuses()[0]?.recipient).toEqual({ bsuid: customer.bsuid })
    const [first] = harness.shop.received
    expect(first?.updates.messages[0]?.from).toEqual({
      bsuid: customer.bsuid,
      name: customer.name,
      username: '@someone',
    })
  })

  it('marks a message and earlier ones as read, and shows the typing indicator until the answer', async () => {
    const events: string[] = []
    await writeFirst()
    const wamid = await writeFirst()
    const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/_emulator/socket`)
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    const ended = new Promise<void>((resolve) => {
      socket.addEventListener('message', ({ data }) => {
        const event = JSON.parse(String(data)) as { type: string; typing?: boolean }
        if (event.type === 'typing') events.push(String(event.typing))
        if (event.typing === false) resolve()
      })
    })
    await harness.client.markRead(phoneNumberId, wamid, { typing: true })
    const chat = harness.emulator.control.chat(phoneNumberId, firstCustomer().id)
    expect(chat.map((message) => message.status)).toEqual(['read', 'read'])
    await send()
    await ended
    expect(events).toEqual(['true', 'false'])
    socket.close()
  })

  it('reads a phone number, the metadata of an image and its bytes', async () => {
    expect(await harness.client.getPhoneNumber(phoneNumberId)).toMatchObject({ verifiedName: 'Test shop' })
    const bytes = Buffer.from([0xff, 0xd8, 0xff, 1, 2, 3])
    const mediaId = await harness.emulator.control.addImage(bytes)
    expect(await harness.client.getMedia(mediaId)).toMatchObject({ mimeType: 'image/jpeg', fileSize: 6 })
    expect((await harness.client.downloadMedia(mediaId, { maxBytes: 6 })).bytes).toEqual(bytes)
    await expect(harness.client.downloadMedia(mediaId, { maxBytes: 5 })).rejects.toThrow('larger than 5 bytes')
    expect(await refusal(harness.client.getMedia('999'))).toMatchObject({ code: 100, subcode: 33, httpStatus: 400 })
  })

  it('refuses unknown numbers, wrong tokens and invalid messages with the documented codes', async () => {
    const to = { phone }
    const elsewhere = harness.client.sendMessage('999', { to, content: text, opaqueId: 'm' })
    expect(await refusal(elsewhere)).toMatchObject({ code: 100, subcode: 33, retry: 'never' })
    expect(await refusal(harness.client.markRead(phoneNumberId, 'wamid.X'))).toMatchObject({ code: 131009 })
    const tooLong: OutboundContent = { kind: 'text', body: 'x'.repeat(4097) }
    const error = await refusal(send(tooLong))
    expect(error).toBeInstanceOf(WhatsAppError)
    expect(error).toMatchObject({ code: 131009, httpStatus: 400, traceId: expect.stringMatching(/^A\d+/) })
    const baseUrl = `${harness.url}/_emulator`
    const stranger = createWhatsAppClient({ baseUrl, version: 'v25.0', accessToken: 'wrong' })
    const refused = await refusal(stranger.sendMessage(phoneNumberId, { to, content: text, opaqueId: 'm' }))
    expect(refused).toMatchObject({ code: 190, httpStatus: 401 })
    await stranger.close()
  })

  it('throws injected refusals for the requested number of sends', async () => {
    await writeFirst()
    harness.emulator.control.addFault({ effect: 'refuse', code: 131056, when: { next: 2 } })
    expect(await refusal(send())).toMatchObject({ code: 131056, retry: 'retry' })
    expect(await refusal(send())).toMatchObject({ code: 131056 })
    expect(await refusal(send())).toBeUndefined()
    harness.emulator.control.addFault({ effect: 'refuse', code: 131000, when: { every: 2 } })
    const codes = [await refusal(send()), await refusal(send()), await refusal(send()), await refusal(send())]
    expect(codes.map((error) => (error instanceof WhatsAppError ? error.code : undefined))).toEqual([
      undefined,
      131000,
      undefined,
      131000,
    ])
  })

  it('accepts a send and then fails it outside the service window, to unknown numbers, and on request', async () => {
    await send(text, 'no-window')
    await writeFirst()
    const to = { phone: '+15559999999' }
    await harness.client.sendMessage(phoneNumberId, { to, content: text, opaqueId: 'stranger' })
    harness.emulator.control.addFault({ effect: 'fail', code: 131049 })
    await send(text, 'injected')
    harness.emulator.control.setClockOffset(24 * 3_600_000 + 1000)
    await send(text, 'too-late')
    await harness.emulator.control.settled()
    const failed = statuses().map((status) => [status.opaqueId, status.status, status.errors?.[0]?.code])
    expect(Object.fromEntries(failed.map(([id, ...rest]) => [id, rest]))).toEqual({
      'no-window': ['FAILED', 131047],
      stranger: ['FAILED', 131026],
      injected: ['FAILED', 131049],
      'too-late': ['FAILED', 131047],
    })
  })

  it.each(['drop', 'gateway'] as const)('reports an ambiguous send when the answer is lost (%s)', async (effect) => {
    await writeFirst()
    harness.emulator.control.addFault({ effect })
    expect(await refusal(send(text, 'in-doubt'))).toBeInstanceOf(AmbiguousSendError)
    await harness.emulator.control.settled()
    expect(statuses()[0]).toMatchObject({ opaqueId: 'in-doubt', status: 'SENT' })
    harness.emulator.control.addFault({ effect, accepted: false })
    expect(await refusal(send(text, 'never-sent'))).toBeInstanceOf(AmbiguousSendError)
    await harness.emulator.control.settled()
    expect(statuses().map((status) => status.opaqueId)).not.toContain('never-sent')
  })

  it('reports that nothing was sent when the connection is refused', async () => {
    const client = createWhatsAppClient({ baseUrl: 'http://127.0.0.1:1', version: 'v25.0', accessToken: 't' })
    const sending = client.sendMessage(phoneNumberId, { to: { phone }, content: text, opaqueId: 'm' })
    expect(await refusal(sending)).toBeInstanceOf(WhatsAppUnreachableError)
    await client.close()
  })

  it('prefixes a number without "+" with the country code of the shop', async () => {
    await writeFirst()
    const response = await fetch(`${harness.url}/_emulator/v19.0/${phoneNumberId}/messages`, {
      method: 'POST',
      headers: { authorization: 'Bearer token-1', 'content-type': 'application/json' },
      body: JSON.stringify({ messaging_product: 'whatsapp', to: '5550100101', type: 'text', text: { body: 'x' } }),
    })
    expect(await response.json()).toMatchObject({ contacts: [{ input: '5550100101', wa_id: '15550100101' }] })
  })
})

describe('sending limits', () => {
  it('reports an ambiguous send after a timeout', async () => {
    await using slow = await startHarness({}, { timeoutMs: 50 })
    slow.emulator.control.addFault({ effect: 'hang' })
    const sending = slow.client.sendMessage(phoneNumberId, { to: { phone }, content: text, opaqueId: 'm' })
    expect(await refusal(sending)).toBeInstanceOf(AmbiguousSendError)
  })

  it('enforces the pair rate and the throughput when configured', async () => {
    await using strict = await startHarness({ rates: { pair: true } })
    const once = () => strict.client.sendMessage(phoneNumberId, { to: { phone }, content: text, opaqueId: 'm' })
    for (let n = 0; n < 45; n += 1) await once()
    expect(await refusal(once())).toMatchObject({ code: 131056 })
    strict.emulator.control.setClockOffset(6_000)
    expect(await refusal(once())).toBeUndefined()

    await using busy = await startHarness({ rates: { throughputPerSecond: 3 } })
    const many = Array.from({ length: 4 }, () =>
      refusal(busy.client.sendMessage(phoneNumberId, { to: { phone }, content: text, opaqueId: 'm' })),
    )
    const errors = (await Promise.all(many)).filter((error) => error !== undefined)
    expect(errors).toMatchObject([{ code: 130429 }])
  })

  it('refuses at once outside the service window when configured', async () => {
    await using strict = await startHarness({ refuseOutsideWindow: true })
    const sending = strict.client.sendMessage(phoneNumberId, { to: { phone }, content: text, opaqueId: 'm' })
    expect(await refusal(sending)).toMatchObject({ code: 131047, retry: 'later' })
  })
})
