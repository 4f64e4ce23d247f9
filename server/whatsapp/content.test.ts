import { describe, expect, it } from 'vitest'

import type { MessageContent } from './content.ts'
import { contentText, inboundContentSchema, outboundContentSchema } from './content.ts'

const emoji = '🍛'
const of = (length: number) => emoji.repeat(length)

const buttons = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `id-${n}`, title: `Title ${n}` }))
const rows = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => ({ id: `row-${from + n}`, title: `Row ${from + n}` }))
const list = (change: object) => ({
  kind: 'list',
  body: 'Pick',
  button: 'See',
  sections: [{ title: 'A', rows: rows(1) }],
  ...change,
})
const withRow = (row: object) => list({ sections: [{ title: 'A', rows: [{ id: 'r', title: 'R', ...row }] }] })
const sections = (count: number) => Array.from({ length: count }, (_, n) => ({ title: `S${n}`, rows: rows(1, n) }))
const reply = (change: object) => ({ kind: 'buttons', body: 'Yes?', buttons: buttons(1), ...change })

/** [name, the largest allowed, one more, path of the issue] */
const limits: [string, unknown, unknown, string][] = [
  ['text body', { kind: 'text', body: of(4096) }, { kind: 'text', body: of(4097) }, 'body'],
  [
    'caption',
    { kind: 'image', url: 'https://x.test/a.jpg', caption: of(1024) },
    { kind: 'image', url: 'https://x.test/a.jpg', caption: of(1025) },
    'caption',
  ],
  ['buttons body', reply({ body: of(1024) }), reply({ body: of(1025) }), 'body'],
  ['buttons footer', reply({ footer: of(60) }), reply({ footer: of(61) }), 'footer'],
  ['number of buttons', reply({ buttons: buttons(3) }), reply({ buttons: buttons(4) }), 'buttons'],
  [
    'button title',
    reply({ buttons: [{ id: '1', title: of(20) }] }),
    reply({ buttons: [{ id: '1', title: of(21) }] }),
    'buttons.0.title',
  ],
  [
    'button id',
    reply({ buttons: [{ id: of(256), title: 'A' }] }),
    reply({ buttons: [{ id: of(257), title: 'A' }] }),
    'buttons.0.id',
  ],
  ['list body', list({ body: of(1024) }), list({ body: of(1025) }), 'body'],
  ['list footer', list({ footer: of(60) }), list({ footer: of(61) }), 'footer'],
  ['list button', list({ button: of(20) }), list({ button: of(21) }), 'button'],
  ['sections', list({ sections: sections(10) }), list({ sections: sections(11) }), 'sections'],
  [
    'rows in all sections',
    list({
      sections: [
        { title: 'A', rows: rows(5) },
        { title: 'B', rows: rows(5, 5) },
      ],
    }),
    list({
      sections: [
        { title: 'A', rows: rows(5) },
        { title: 'B', rows: rows(6, 5) },
      ],
    }),
    'sections',
  ],
  [
    'section title',
    list({ sections: [{ title: of(24), rows: rows(1) }] }),
    list({ sections: [{ title: of(25), rows: rows(1) }] }),
    'sections.0.title',
  ],
  ['row id', withRow({ id: of(200) }), withRow({ id: of(201) }), 'sections.0.rows.0.id'],
  ['row title', withRow({ title: of(24) }), withRow({ title: of(25) }), 'sections.0.rows.0.title'],
  [
    'row description',
    withRow({ description: of(72) }),
    withRow({ description: of(73) }),
    'sections.0.rows.0.description',
  ],
]

const refused: [string, unknown, string][] = [
  ['an empty text', { kind: 'text', body: ' \n' }, 'body'],
  ['an image without a source', { kind: 'image' }, 'url'],
  ['an image with two sources', { kind: 'image', url: 'https://x.test/a.jpg', mediaId: '12' }, 'url'],
  ['an image behind another protocol', { kind: 'image', url: 'file:///etc/passwd' }, 'url'],
  ['no buttons', reply({ buttons: [] }), 'buttons'],
  [
    'two buttons with one id',
    reply({
      buttons: [
        { id: 'a', title: 'A' },
        { id: 'a', title: 'B' },
      ],
    }),
    'buttons.1.id',
  ],
  [
    'two buttons with one title',
    reply({
      buttons: [
        { id: 'a', title: 'A' },
        { id: 'b', title: 'A' },
      ],
    }),
    'buttons.1.title',
  ],
  ['an untitled button', reply({ buttons: [{ id: 'a', title: '' }] }), 'buttons.0.title'],
  ['no sections', list({ sections: [] }), 'sections'],
  ['a section without rows', list({ sections: [{ title: 'A', rows: [] }] }), 'sections.0.rows'],
  [
    'an untitled section beside another',
    list({
      sections: [
        { title: 'A', rows: rows(1) },
        { title: '', rows: rows(1, 1) },
      ],
    }),
    'sections.1.title',
  ],
  [
    'two rows with one id',
    list({
      sections: [
        { title: 'A', rows: rows(1) },
        { title: 'B', rows: rows(1) },
      ],
    }),
    'sections.1.rows.0.id',
  ],
]

function issues(content: unknown): string[] {
  const result = outboundContentSchema.safeParse(content)
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join('.'))
}

describe('outbound content', () => {
  it.each(limits)('accepts the largest %s and refuses one more, naming its path', (_what, largest, tooMuch, path) => {
    expect(issues(largest)).toEqual([])
    expect(issues(tooMuch)).toEqual([path])
  })

  it.each(refused)('refuses %s', (_what, content, path) => expect(issues(content)).toEqual([path]))

  it('allows an untitled section when it is the only one', () => {
    expect(issues(list({ sections: [{ title: '', rows: rows(1) }] }))).toEqual([])
  })

  it('explains the mistake in words', () => {
    const result = outboundContentSchema.safeParse(reply({ buttons: [{ id: '1', title: of(21) }] }))
    expect(result.error?.issues[0]?.message).toBe('must be at most 20 characters')
  })
})

const texts: [MessageContent, string][] = [
  [{ kind: 'text', body: ' two\n\nlines ' }, 'two lines'],
  [{ kind: 'image', mediaId: '1', mimeType: 'image/png', caption: 'proof' }, 'Photo: proof'],
  [{ kind: 'image', url: 'https://x.test/a.jpg' }, 'Photo'],
  [{ kind: 'document', mediaId: '1', mimeType: 'application/pdf', filename: 'a.pdf' }, 'Document: a.pdf'],
  [{ kind: 'audio', mediaId: '1', mimeType: 'audio/ogg', voice: true }, 'Voice message'],
  [{ kind: 'audio', mediaId: '1', mimeType: 'audio/mpeg' }, 'Audio'],
  [{ kind: 'video', mediaId: '1', mimeType: 'video/mp4' }, 'Video'],
  [{ kind: 'sticker', mediaId: '1', mimeType: 'image/webp' }, 'Sticker'],
  [{ kind: 'location', latitude: 1.5, longitude: -2, name: 'Shop' }, 'Location: Shop'],
  [{ kind: 'location', latitude: 1.5, longitude: -2 }, 'Location: 1.5, -2'],
  [{ kind: 'contacts', contacts: [{ name: 'A', phones: [], requested: false }] }, 'Contact: A'],
  [{ kind: 'choice', choiceId: 'a', title: 'Confirm' }, 'Confirm'],
  [
    { kind: 'cart', catalogId: '1', items: [{ sku: 'a', quantity: 2, itemPrice: 3, currency: 'USD' }] },
    'Cart with 2 items',
  ],
  [{ kind: 'reaction', messageWamid: 'wamid.1', emoji: '👍' }, 'Reacted 👍'],
  [{ kind: 'reaction', messageWamid: 'wamid.1', emoji: null }, 'Reaction removed'],
  [{ kind: 'system', type: 'user_changed_number' }, 'Notice from WhatsApp'],
  [{ kind: 'unsupported', type: 'unsupported' }, 'Unsupported message'],
  [{ kind: 'other', type: 'poll' }, 'Message of type poll'],
  [{ kind: 'buttons', body: 'Confirm?', buttons: [{ id: 'a', title: 'A' }] }, 'Confirm?'],
  [{ kind: 'list', body: 'Pick', button: 'See', sections: [] }, 'Pick'],
  [{ kind: 'link', body: 'Pay here', label: 'Pay', url: 'https://x.test/pay' }, 'Pay here'],
  [{ kind: 'template', name: 'hello', language: 'en', body: 'Hello Ana' }, 'Hello Ana'],
]

describe('content as text', () => {
  it.each(texts)('writes %j as one line', (content, text) => expect(contentText(content)).toBe(text))

  it('covers every kind', () => {
    const kinds = new Set(texts.map(([content]) => content.kind))
    const all = [...inboundContentSchema.options, ...outboundContentSchema.options].map((o) => o.shape.kind.value)
    expect(new Set(all)).toEqual(kinds)
  })
})
