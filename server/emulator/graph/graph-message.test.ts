import { describe, expect, it } from 'vitest'

import { GraphError } from '../graph-errors.ts'
import { parseCommand } from './graph-message.ts'

const envelope = { messaging_product: 'whatsapp', to: '+15550100101' }
const x = (length: number) => '🍛'.repeat(length)
const text = (length: number) => ({ ...envelope, type: 'text', text: { body: x(length) } })
const image = (caption: number) => ({
  ...envelope,
  type: 'image',
  image: { link: 'https://a.test/b.jpg', caption: x(caption) },
})
const interactive = (part: object) => ({ ...envelope, type: 'interactive', interactive: part })
const button = (change: object = {}, reply: object = {}, count = 1) =>
  interactive({
    type: 'button',
    body: { text: 'b' },
    action: {
      buttons: Array.from({ length: count }, (_, n) => ({
        type: 'reply',
        reply: { id: `${n}`, title: `${n}`, ...reply },
      })),
    },
    ...change,
  })
const list = (rows: number, row: object = {}, action: object = {}, change: object = {}) =>
  interactive({
    type: 'list',
    body: { text: 'b' },
    action: {
      button: 'See',
      sections: [{ title: 'A', rows: Array.from({ length: rows }, (_, n) => ({ id: `${n}`, title: 't', ...row })) }],
      ...action,
    },
    ...change,
  })
const sections = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ title: `${n}`, rows: [{ id: `${n}`, title: 't' }] }))
const sectionTitle = (length: number) =>
  list(1, {}, { sections: [{ title: x(length), rows: [{ id: '1', title: 't' }] }] })
const link = (length: number) =>
  interactive({
    type: 'cta_url',
    body: { text: 'b' },
    action: { name: 'cta_url', parameters: { display_text: x(length), url: 'https://a.test' } },
  })

const edges: [string, (n: number) => unknown, number][] = [
  ['text body', text, 4096],
  ['caption', image, 1024],
  ['opaque data', (n) => ({ ...text(1), biz_opaque_callback_data: x(n) }), 512],
  ['buttons', (n) => button({}, {}, n), 3],
  ['button title', (n) => button({}, { title: x(n) }), 20],
  ['button id', (n) => button({}, { id: x(n) }), 256],
  ['interactive body', (n) => button({ body: { text: x(n) } }), 1024],
  ['footer', (n) => button({ footer: { text: x(n) } }), 60],
  ['header', (n) => button({ header: { type: 'text', text: x(n) } }), 60],
  ['list body', (n) => list(1, {}, {}, { body: { text: x(n) } }), 4096],
  ['list button', (n) => list(1, {}, { button: x(n) }), 20],
  ['rows', (n) => list(n), 10],
  ['sections', (n) => list(1, {}, { sections: sections(n) }), 10],
  ['section title', sectionTitle, 24],
  ['row id', (n) => list(1, { id: x(n) }), 200],
  ['row title', (n) => list(1, { title: x(n) }), 24],
  ['row description', (n) => list(1, { description: x(n) }), 72],
  ['link label', link, 20],
]

const mistakes: [string, unknown, number][] = [
  ['no product', { to: '+1555', type: 'text', text: { body: 'x' } }, 131009],
  ['no recipient', { messaging_product: 'whatsapp', type: 'text', text: { body: 'x' } }, 131008],
  ['no text', { ...envelope, type: 'text' }, 131008],
  ['a body that is no text', { ...envelope, type: 'text', text: { body: 5 } }, 100],
  ['an unknown type', { ...envelope, type: 'hologram' }, 100],
  ['two sources', { ...envelope, type: 'image', image: { id: '1', link: 'https://a.test/b.jpg' } }, 131009],
  ['equal button ids', button({}, { id: 'same' }, 2), 131009],
  ['equal button titles', button({}, { title: 'same' }, 2), 131009],
  ['equal row ids', list(2, { id: 'same' }), 131009],
  ['a list', [], 100],
  ['nothing', undefined, 131008],
]

const codeOf = (body: unknown): number | undefined => {
  try {
    parseCommand(body)
    return undefined
  } catch (error) {
    return error instanceof GraphError ? error.code : -1
  }
}

describe('messages that the emulator accepts', () => {
  it.each(edges)('accepts %s up to the limit and refuses one character more with 131009', (_what, build, limit) => {
    expect(codeOf(build(limit))).toBeUndefined()
    expect(codeOf(build(limit + 1))).toBe(131009)
  })

  it.each(mistakes)('refuses %s', (_what, body, code) => expect(codeOf(body)).toBe(code))

  it('distinguishes a read receipt from a message', () => {
    const read = { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.1' }
    expect(parseCommand(read)).toEqual({ read })
  })
})
