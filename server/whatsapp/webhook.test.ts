import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseWebhook, UnparsableWebhookError } from './webhook.ts'

const phoneNumberId = '106540352242922'
const metadata = { display_phone_number: '15550783881', phone_number_id: phoneNumberId }
const bsuid = 'US.13491208655302741918'
const contact = { profile: { name: 'Sheena Nelson' }, wa_id: '16505551234', user_id: bsuid }

const envelope = (...values: unknown[]) => ({
  object: 'whatsapp_business_account',
  entry: [{ id: '102290129340398', changes: values.map((value) => ({ value, field: 'messages' })) }],
})
const value = (part: object) => ({ messaging_product: 'whatsapp', metadata, ...part })
const parse = (body: unknown) => parseWebhook(Buffer.from(JSON.stringify(body)))
const message = (part: object) => ({
  from: '16505551234',
  from_user_id: bsuid,
  id: 'wamid.HBgIN',
  timestamp: '1749416383',
  ...part,
})
const parseMessage = (part: object) =>
  parse(envelope(value({ contacts: [contact], messages: [message(part)] }))).messages[0]
const parseStatus = (part: object) =>
  parse(envelope(value({ statuses: [{ id: 'wamid.OURS', timestamp: '1750030073', ...part }] })))

describe('inbound messages', () => {
  it('reads the documented text delivery byte for byte', () => {
    const raw =
      '{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Sheena Nelson"},"wa_id":"16505551234","user_id":"US.13491208655302741918"}],"messages":[{"from":"16505551234","from_user_id":"US.13491208655302741918","id":"wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=","timestamp":"1749416383","type":"text","text":{"body":"Does it come in another color?"}}]},"field":"messages"}]}]}'
    expect(parseWebhook(Buffer.from(raw))).toEqual({
      messages: [
        {
          phoneNumberId,
          wamid: 'wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=',
          occurredAt: new Date('2025-06-08T20:59:43Z'),
          from: { phone: '+16505551234', bsuid, name: 'Sheena Nelson' },
          content: { kind: 'text', body: 'Does it come in another color?' },
        },
      ],
      statuses: [],
      templates: [],
      preferences: [],
      other: [],
    })
  })

  it('reads a customer with a user name but no phone number', () => {
    const contacts = [{ profile: { name: 'Sheena Nelson', username: '@realsheenanelson' }, user_id: bsuid }]
    const { from: _from, ...anonymous } = message({ type: 'text', text: { body: 'hi' } }) as Record<string, unknown>
    const [read] = parse(envelope(value({ contacts, messages: [anonymous] }))).messages
    expect(read?.from).toEqual({ bsuid, name: 'Sheena Nelson', username: '@realsheenanelson' })
  })

  const media = { mime_type: 'image/jpeg', sha256: 'SfInY0g=', id: '1003383421387256' }
  const file = { mediaId: '1003383421387256', mimeType: 'image/jpeg', sha256: 'SfInY0g=' }
  const kinds: [object, object][] = [
    [
      {
        type: 'interactive',
        interactive: { type: 'button_reply', button_reply: { id: 'order:1042:confirm', title: 'Confirm' } },
      },
      { kind: 'choice', choiceId: 'order:1042:confirm', title: 'Confirm' },
    ],
    [
      {
        type: 'interactive',
        interactive: {
          type: 'list_reply',
          list_reply: { id: 'sku:12', title: 'Jollof rice', description: '$4.00' },
        },
      },
      { kind: 'choice', choiceId: 'sku:12', title: 'Jollof rice', description: '$4.00' },
    ],
    [
      { type: 'button', button: { payload: 'order:1042:track', text: 'Track' } },
      { kind: 'choice', choiceId: 'order:1042:track', title: 'Track' },
    ],
    [
      { type: 'image', image: { ...media, caption: 'proof', url: 'https://lookaside.fbsbx.com/x' } },
      { kind: 'image', ...file, caption: 'proof', url: 'https://lookaside.fbsbx.com/x' },
    ],
    [
      { type: 'document', document: { ...media, filename: 'receipt.pdf', caption: 'paid' } },
      { kind: 'document', ...file, filename: 'receipt.pdf', caption: 'paid' },
    ],
    [
      { type: 'audio', audio: { ...media, voice: true } },
      { kind: 'audio', ...file, voice: true },
    ],
    [
      { type: 'video', video: { ...media, caption: '' } },
      { kind: 'video', ...file },
    ],
    [
      { type: 'sticker', sticker: { ...media, animated: false } },
      { kind: 'sticker', ...file, animated: false },
    ],
    [
      { type: 'location', location: { latitude: 37.44, longitude: '-122.16', name: 'Philz', address: '101 Forest' } },
      { kind: 'location', latitude: 37.44, longitude: -122.16, name: 'Philz', address: '101 Forest' },
    ],
    [
      {
        type: 'contacts',
        contacts: [
          { name: { formatted_name: 'A' }, phones: [{ phone: '+1 650', wa_id: '1650' }], origin: 'contact_request' },
        ],
      },
      { kind: 'contacts', contacts: [{ name: 'A', phones: [{ phone: '+1 650', waId: '1650' }], requested: true }] },
    ],
    [
      { type: 'reaction', reaction: { message_id: 'wamid.X', emoji: '👍' } },
      { kind: 'reaction', messageWamid: 'wamid.X', emoji: '👍' },
    ],
    [
      { type: 'reaction', reaction: { message_id: 'wamid.X' } },
      { kind: 'reaction', messageWamid: 'wamid.X', emoji: null },
    ],
    [
      {
        type: 'order',
        order: {
          catalog_id: '194836987003835',
          text: '',
          product_items: [{ product_retailer_id: 'sku-12', quantity: 2, item_price: 30.0, currency: 'USD' }],
        },
      },
      {
        kind: 'cart',
        catalogId: '194836987003835',
        items: [{ sku: 'sku-12', quantity: 2, itemPrice: 30, currency: 'USD' }],
      },
    ],
    [
      {
        type: 'order',
        order: {
          catalog_id: 1,
          product_items: [
            { product_retailer_id: 12, quantity: '2', item_price: 5, currency: 'USD' },
            { product_retailer_id: 'BEANS', quantity: 1 },
            { product_retailer_id: 'MUG', item_price: 'gratis', currency: null },
            { quantity: 1, item_price: 5, currency: 'USD' },
            { product_retailer_id: 'TEA', quantity: 2.5 },
          ],
        },
      },
      {
        kind: 'cart',
        catalogId: '1',
        items: [
          { sku: '12', quantity: 2, itemPrice: 5, currency: 'USD' },
          { sku: 'BEANS', quantity: 1 },
          { sku: 'MUG', quantity: 1 },
        ],
      },
    ],
    [
      { type: 'unsupported', errors: [{ code: 131051, title: 'Message type unknown' }] },
      { kind: 'unsupported', type: 'unsupported', code: 131051, title: 'Message type unknown' },
    ],
    [
      { type: 'system', system: { body: 'changed', wa_id: '12195555358', type: 'user_changed_number' } },
      { kind: 'system', type: 'user_changed_number', body: 'changed', phone: '+12195555358' },
    ],
    [
      { type: 'system', system: { body: 'changed', user_id: 'US.new', type: 'user_changed_user_id' } },
      { kind: 'system', type: 'user_changed_user_id', body: 'changed', bsuid: 'US.new' },
    ],
    [
      { type: 'interactive', interactive: { type: 'nfm_reply', nfm_reply: { response_json: '{}' } } },
      { kind: 'other', type: 'interactive.nfm_reply' },
    ],
    [
      { type: 'revoke', revoke: {} },
      { kind: 'other', type: 'revoke' },
    ],
    [
      { type: 'text', text: { body: 7 } },
      { kind: 'other', type: 'text' },
    ],
    [{ type: 'constructor' }, { kind: 'other', type: 'constructor' }],
    [
      { type: 'location', location: { latitude: null, longitude: 5 } },
      { kind: 'other', type: 'location' },
    ],
    [
      { type: 'image', image: { mime_type: 'image/jpeg' } },
      { kind: 'other', type: 'image' },
    ],
  ]
  it.each(kinds)('reads %j', (part, content) => expect(parseMessage(part)?.content).toEqual(content))

  it('reads the message that a tap answers, and a tap without context', () => {
    const tap = { type: 'button', button: { payload: 'a', text: 'A' } }
    expect(parseMessage({ ...tap, context: { from: '15550783881', id: 'wamid.OURS' } })?.contextWamid).toBe(
      'wamid.OURS',
    )
    expect(parseMessage(tap)).not.toHaveProperty('contextWamid')
  })

  it('reads a system message, which has no contacts', () => {
    const system = { type: 'system', system: { type: 'user_changed_number', wa_id: '1219' } }
    const [read] = parse(envelope(value({ messages: [message(system)] }))).messages
    expect(read?.from).toEqual({ phone: '+16505551234', bsuid })
  })

  it('replaces characters that a database refuses', () => {
    const raw = JSON.stringify(envelope(value({ messages: [message({ type: 'text', text: { body: 'BODY' } })] })))
    const read = (escaped: string) => parseWebhook(Buffer.from(raw.replace('BODY', escaped))).messages[0]?.content
    expect(read('a\\u0000b')).toEqual({ kind: 'text', body: 'a\uFFFDb' })
    expect(read('a\\ud83db')).toEqual({ kind: 'text', body: 'a\uFFFDb' })
    expect(read('a\\ud83c\\udf5bb')).toEqual({ kind: 'text', body: 'a🍛b' })
  })
})

describe('statuses', () => {
  it('reads a sent status with its pricing and our own id', () => {
    const { statuses } = parseStatus({
      status: 'sent',
      recipient_id: '16505551234',
      recipient_user_id: bsuid,
      biz_opaque_callback_data: 'outbox_01J',
      conversation: { id: '72b1', expiration_timestamp: '1750116480', origin: { type: 'service' } },
      pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'service' },
    })
    expect(statuses).toEqual([
      {
        phoneNumberId,
        wamid: 'wamid.OURS',
        status: 'SENT',
        occurredAt: new Date(1750030073 * 1000),
        opaqueId: 'outbox_01J',
        recipient: { phone: '+16505551234', bsuid },
        pricing: { category: 'service', type: 'regular', model: 'PMP', billable: true },
      },
    ])
  })

  it('reads a failure with its code and details', () => {
    const details = 'Message failed to send because more than 24 hours have passed'
    const errors = [{ code: 131047, title: 'Re-engagement message', message: 'x', error_data: { details } }]
    const { statuses } = parseStatus({ status: 'failed', recipient_id: '16505551234', errors })
    expect(statuses[0]).toMatchObject({
      status: 'FAILED',
      errors: [{ code: 131047, title: 'Re-engagement message', details }],
    })
  })

  it('counts a played voice message as read', () => {
    expect(parseStatus({ status: 'played' }).statuses[0]?.status).toBe('READ')
  })

  it('keeps the order of the delivery', () => {
    const statuses = ['sent', 'sent', 'read', 'delivered'].map((status) => ({ id: 'w', timestamp: '1', status }))
    const read = parse(envelope(value({ statuses }))).statuses.map((status) => status.status)
    expect(read).toEqual(['SENT', 'SENT', 'READ', 'DELIVERED'])
  })

  it('reports an unknown status as other', () => {
    const { statuses, other } = parseStatus({ status: 'teleported' })
    expect(statuses).toEqual([])
    expect(other).toMatchObject([{ reason: 'unreadable status', phoneNumberId, field: 'messages' }])
  })
})

describe('envelopes', () => {
  it('reads every message and status over all entries and changes', () => {
    const text = (id: string) => message({ id, type: 'text', text: { body: id } })
    const first = envelope(value({ messages: [text('a'), text('b')] }), value({ messages: [text('c')] }))
    const second = envelope(value({ statuses: [{ id: 'd', timestamp: 1, status: 'sent' }], messages: [text('e')] }))
    const updates = parse({ ...first, entry: [...first.entry, ...second.entry] })
    expect(updates.messages.map((m) => m.wamid)).toEqual(['a', 'b', 'c', 'e'])
    expect(updates.statuses.map((s) => s.wamid)).toEqual(['d'])
  })

  it('reports other fields, account errors and group messages as other', () => {
    const body = envelope(
      value({ errors: [{ code: 131052, title: 'Media download error' }] }),
      value({ messages: [message({ type: 'text', text: { body: 'x' }, group_id: 'g' })] }),
    )
    const template = { field: 'message_template_status_update', value: { event: 'APPROVED' } }
    body.entry[0]!.changes.push(template as never)
    expect(parse(body)).toMatchObject({
      messages: [],
      other: [
        { reason: 'account error' },
        { reason: 'group message' },
        { field: 'message_template_status_update', wabaId: '102290129340398', value: { event: 'APPROVED' } },
      ],
    })
  })

  it.each(['', '{', 'null', '7', '[]', '{"entry":{}}', '{"object":"page"}'])('refuses %j', (body) => {
    expect(() => parseWebhook(Buffer.from(body))).toThrow(UnparsableWebhookError)
  })

  it('reports a delivery for another product as other', () => {
    expect(parse({ object: 'page', entry: [] }).other).toHaveLength(1)
  })

  it('never throws, and keeps every valid message and status beside invalid ones', () => {
    const valid = fc.record({
      id: fc.string({ minLength: 1 }),
      timestamp: fc.integer({ min: 1, max: 2 ** 31 }).map(String),
      type: fc.constantFrom('text', 'image', 'order', 'whatever'),
      from: fc.constant('16505551234'),
    })
    const validStatus = fc.record({
      id: fc.string({ minLength: 1 }),
      timestamp: fc.constant('5'),
      status: fc.constantFrom('sent', 'delivered', 'read', 'failed', 'played'),
    })
    type Item = { valid: boolean; value: unknown }
    const mixed = (arbitrary: fc.Arbitrary<object>): fc.Arbitrary<Item[]> => {
      const junk = fc.jsonValue().map((value): Item => ({ valid: false, value }))
      return fc.array(
        fc.oneof(
          arbitrary.map((value): Item => ({ valid: true, value })),
          junk,
        ),
      )
    }
    const part = fc.record({
      contacts: fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())),
      messages: mixed(valid),
      statuses: mixed(validStatus),
      errors: fc.jsonValue(),
    })
    const flat = (items: readonly Item[]) => items.map((item) => item.value)
    const kept = (items: readonly Item[]) => items.filter((item) => item.valid).length
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.jsonValue()), (parts, junk) => {
        const values = parts.map((p) => value({ ...p, messages: flat(p.messages), statuses: flat(p.statuses) }))
        const body = envelope(...values)
        const updates = parse({ ...body, entry: [...junk, ...body.entry, ...junk] })
        expect(updates.messages.length).toBeGreaterThanOrEqual(parts.reduce((n, p) => n + kept(p.messages), 0))
        expect(updates.statuses.length).toBeGreaterThanOrEqual(parts.reduce((n, p) => n + kept(p.statuses), 0))
      }),
    )
  })
})

describe('preferences of customers', () => {
  const told = (...preferences: unknown[]) =>
    parse({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '102290129340398',
          changes: [{ field: 'user_preferences', value: value({ user_preferences: preferences }) }],
        },
      ],
    })
  const preference = {
    wa_id: '16505551234',
    user_id: bsuid,
    detail: 'User requested to stop marketing messages',
    category: 'marketing_messages',
    value: 'stop',
    timestamp: 1_731_705_721,
  }

  it('are read as documented', () => {
    expect(told(preference, { ...preference, value: 'resume', wa_id: undefined }).preferences).toEqual([
      {
        phoneNumberId,
        from: { phone: '+16505551234', bsuid },
        stopped: true,
        occurredAt: new Date('2024-11-15T21:22:01Z'),
      },
      { phoneNumberId, from: { bsuid }, stopped: false, occurredAt: new Date('2024-11-15T21:22:01Z') },
    ])
  })

  it('of another category, or without a customer, are ignored', () => {
    const withoutCustomer = { ...preference, wa_id: undefined, user_id: undefined }
    const updates = told({ ...preference, category: 'calls' }, withoutCustomer, { ...preference, value: 'maybe' }, null)
    expect(updates.preferences).toEqual([])
    expect(updates.other).toMatchObject([{ field: 'user_preferences', reason: 'unreadable value' }])
  })
})
