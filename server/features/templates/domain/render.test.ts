import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { outboundContentSchema } from '../../../whatsapp/content.ts'
import { lengthOf, textParts, type TemplateContent, type TemplateType } from './content.ts'
import { freeForm } from './outbound.ts'
import { renderContent } from './render.ts'
import { formatValue, VARIABLE_TYPES, type Setting, type Variable, type VariableType } from './variables.ts'

const shop: Setting = { language: 'en', locale: 'en-US', currency: 'USD', timeZone: 'America/New_York' }
const variable = (name: string, type: VariableType = 'TEXT', fallback: string | null = null): Variable => ({
  name,
  type,
  default: fallback,
  example: null,
})
const body = (text: string, variables: Variable[], values: Record<string, string>, setting = shop) => {
  const rendered = renderContent(
    { type: 'TEXT', content: { body: text } },
    variables,
    new Map(Object.entries(values)),
    setting,
  )
  return { text: rendered.content.body, issues: rendered.issues.map(({ kind, path }) => `${kind} ${path}`) }
}
const one = (type: VariableType, value: string, setting = shop) =>
  formatValue(type, value, setting, { multiline: true })

describe('the format of values', () => {
  const mexico: Setting = { language: 'es', locale: 'es-MX', currency: 'MXN', timeZone: 'America/Mexico_City' }
  const japan: Setting = { language: 'ja', locale: 'ja-JP', currency: 'JPY', timeZone: 'Asia/Tokyo' }
  const kuwait: Setting = { language: 'en', locale: 'en-KW', currency: 'KWD', timeZone: 'Asia/Kuwait' }

  test('money has the shop’s currency, with its number of decimals', () => {
    expect(one('MONEY', '123456')).toBe('$1,234.56')
    expect(one('MONEY', '-5')).toBe('-$0.05')
    expect(one('MONEY', '123456', mexico)).toBe('$1,234.56')
    expect(one('MONEY', '123456', japan)).toBe('￥123,456')
    expect(one('MONEY', '123456', kuwait)).toMatch(/^KWD\s123\.456$/)
    for (const wrong of ['12.50', '$5', '1e3', '', ' ', '1_000', '9'.repeat(16), 'NaN'])
      expect(one('MONEY', wrong)).toBeNull()
  })

  test('numbers are exact, in the format of the locale', () => {
    expect(one('NUMBER', '999999999999999.123456')).toBe('999,999,999,999,999.123456')
    expect(one('NUMBER', '-3.5', { ...shop, locale: 'de-DE' })).toBe('-3,5')
    for (const wrong of ['3,5', '0x10', 'Infinity', '1e5', '--1', '1.2345678', ''])
      expect(one('NUMBER', wrong)).toBeNull()
  })

  test('times use the shop’s time zone, and dates are the same in every time zone', () => {
    expect(one('DATE', '2026-11-23T12:00:00Z')).toMatch(/^Nov 23, 7:00.AM$/)
    expect(one('DATE', '2026-11-23T12:00:00+02:00')).toMatch(/^Nov 23, 5:00.AM$/)
    expect(one('DATE', '2026-11-23T12:00:00Z', mexico)).toMatch(/23 nov.* 6:00/)
    expect(one('DATE', '2026-11-23')).toBe('Nov 23, 2026')
    expect(one('DATE', '2026-11-23', mexico)).toBe('23 nov 2026')
    for (const wrong of [
      '2026-02-30',
      '2026-02-30T00:00:00Z',
      '23.11.2026',
      'tomorrow',
      '2026-13-01',
      '2026-11-23T25:00:00Z',
      '0',
      '',
    ])
      expect(one('DATE', wrong), wrong).toBeNull()
  })

  test('URLs stay unchanged, and only those of web pages are accepted', () => {
    expect(one('URL', 'https://shop.example/a_b?c=d#e')).toBe('https://shop.example/a_b?c=d#e')
    expect(one('URL', 'https://täst.example/ü')).toBe('https://xn--tst-qla.example/%C3%BC')
    for (const wrong of [
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      'java\nscript:alert(1)',
      'data:text/html,<script>',
      'ftp://a.example',
      '//a.example',
      'a.example',
      'https://good.example@evil.example/',
      'https://evil.example/\u202Egpj.exe',
      'https://a.example/ b',
      `https://a.example/${'x'.repeat(2000)}`,
    ])
      expect(one('URL', wrong), wrong).toBeNull()
  })

  test('characters of a URL that WhatsApp would read as formatting are encoded, others stay', () => {
    expect(one('URL', 'https://a.example/_x_/*y*')).toBe('https://a.example/%5Fx%5F/%2Ay%2A')
    expect(one('URL', 'https://a.example/token_with_parts~1')).toBe('https://a.example/token_with_parts~1')
  })
})

describe('a value cannot change the text around it', () => {
  test.each([
    ['bold', '*free*', '∗free∗'],
    ['italics', '_x_', 'ˍxˍ'],
    ['strike-through', '~x~', '∼x∼'],
    ['code', '`x`', 'ˋxˋ'],
    ['a block of code', '```x```', 'ˋˋˋxˋˋˋ'],
    ['marks inside words', 'SKU_12_a*b', 'SKU_12_a*b'],
    ['a placeholder', '{{total}}', '{\u2060{total}}'],
    ['a quotation', 'a\n> b', 'a\n\u2060> b'],
    ['a list', 'a\n- b\n1. c', 'a\n\u2060- b\n\u20601. c'],
    ['control characters', 'a\u0000\u0007\u001Bb\u007F', 'ab'],
    ['bidirectional overrides', 'a\u202Etxt.exe\u202C\u2066b\u2069', 'atxt.exeb'],
    ['half a character', 'a\uD83Db', 'a\uFFFDb'],
    ['other line breaks', 'a\r\nb\u2028c\u0085d', 'a\nb\nc\nd'],
    ['walls of space', ' a \t\t  b\n\n\n\n c ', 'a b\n\nc'],
  ])('%s', (_what, value, expected) => {
    expect(body('> {{x}} <', [variable('x')], { x: value }).text).toBe(`> ${expected} <`)
  })

  test('emoji, joined emoji, flags and combining letters stay whole', () => {
    for (const value of ['👩‍👩‍👧', '🏳️‍🌈', '🇲🇽', 'é', 'ñ', '👍🏽', 'ज़'])
      expect(body('{{x}}', [variable('x')], { x: value }).text).toBe(value)
  })

  test('a right-to-left name is isolated', () => {
    expect(body('Hi {{x}}, 3 left', [variable('x')], { x: 'שלום' }).text).toBe('Hi \u2068שלום\u2069, 3 left')
    expect(body('أهلا {{x}}!', [variable('x')], { x: 'Ana' }, { ...shop, language: 'ar', locale: 'ar' }).text).toBe(
      'أهلا \u2068Ana\u2069!',
    )
    expect(body('أهلا {{x}}!', [variable('x')], { x: 'سارة' }, { ...shop, language: 'ar', locale: 'ar' }).text).toBe(
      'أهلا سارة!',
    )
  })

  test('names of built-in JavaScript properties are ordinary names', () => {
    for (const name of ['constructor', 'prototype', 'valueof', 'tostring', 'hasownproperty']) {
      expect(body(`{{${name}}}`, [variable(name)], {}).issues).toEqual([`missing values.${name}`])
      expect(body(`{{${name}}}`, [variable(name)], { [name]: 'x' }).text).toBe('x')
      expect(body('Hi', [], { [name]: 'x' }).issues).toEqual([`unknown values.${name}`])
    }
    expect(
      renderContent({ type: 'TEXT', content: { body: 'Hi' } }, [], new Map([['__proto__', 'x']]), shop).issues,
    ).toHaveLength(1)
  })
})

describe('invalid values', () => {
  test('are all reported at once', () => {
    const variables = [variable('a'), variable('b', 'NUMBER'), variable('c', 'MONEY', '5'), variable('d', 'URL')]
    const { issues } = body('{{a}} {{b}} {{c}} {{d}}', variables, { b: 'x', d: 'javascript:1', e: '1' })
    expect(issues).toEqual(['unknown values.e', 'missing values.a', 'ill-typed values.b', 'ill-typed values.d'])
  })

  test('an empty or invisible value counts as missing', () => {
    expect(body('{{a}}', [variable('a')], { a: ' ' }).issues).toEqual(['missing values.a'])
    expect(body('{{a}}', [variable('a')], { a: '\u0007\u202E' }).issues).toEqual(['missing values.a'])
    expect(body('{{a}}', [variable('a', 'TEXT', 'dear customer')], { a: '' }).text).toBe('dear customer')
  })

  test('a filled text beyond its limit is refused, one at the limit is accepted', () => {
    const text = `${'x'.repeat(24)}{{a}}`
    expect(body(text, [variable('a')], { a: 'é'.repeat(1000) }).issues).toEqual([])
    expect(body(text, [variable('a')], { a: 'é'.repeat(1001) }).issues).toEqual(['too-long content.body'])
    const content = { body: 'b', buttons: [{ id: 'a', title: 'Pay {{a}}' }] }
    const rendered = renderContent(
      { type: 'BUTTONS', content },
      [variable('a')],
      new Map([['a', 'x'.repeat(17)]]),
      shop,
    )
    expect(rendered.issues).toEqual([
      {
        kind: 'too-long',
        path: 'content.buttons.0.title',
        message: 'is 21 characters long once filled in; WhatsApp allows 20',
      },
    ])
  })
})

describe('lines whose variables are empty', () => {
  const variables = [variable('n'), variable('reason', 'TEXT', ''), variable('link', 'URL', '')]
  const text = 'Order {{n}} was cancelled.\nReason: {{reason}}\n\nMore: {{link}}\nBye'
  test('are left out, with the blank lines around them', () => {
    expect(body(text, variables, { n: '1' }).text).toBe('Order 1 was cancelled.\n\nBye')
    expect(body(text, variables, { n: '1', reason: 'No milk' }).text).toBe(
      'Order 1 was cancelled.\nReason: No milk\n\nBye',
    )
  })
})

const texts = fc.string({ unit: 'binary', maxLength: 80 })
const anyValue = fc.oneof(
  texts,
  fc.constantFrom(
    '{{a}}',
    '}}',
    '{{',
    '{',
    '*',
    '_b_',
    'javascript:x',
    '2026-11-23',
    '12',
    'https://x.example/_{{a}}_',
  ),
)

describe('with random values', () => {
  test('no placeholder remains, no text exceeds WhatsApp’s limits, and WhatsApp’s rules accept the message', () => {
    const names = ['a', 'b', 'constructor', 'c_1']
    fc.assert(
      fc.property(
        fc.constantFrom<TemplateType>('TEXT', 'BUTTONS', 'LIST', 'MEDIA'),
        fc.array(fc.constantFrom(...VARIABLE_TYPES), { minLength: 4, maxLength: 4 }),
        fc.array(fc.option(anyValue, { nil: undefined }), { minLength: 4, maxLength: 4 }),
        fc.constantFrom(shop, { ...shop, language: 'ar', locale: 'ar-EG', currency: 'EGP' }),
        (type, types, values, setting) => {
          const variables = names.map((name, i) => variable(name, types[i], i === 3 ? '' : null))
          const filler = 'Hi {{a}}:{{b}} {{ constructor }}{{c_1}}\n{{c_1}}'
          const content: TemplateContent = {
            body: filler,
            ...(type === 'BUTTONS' || type === 'LIST' ? { header: '{{a}}', footer: '{{c_1}}' } : {}),
            ...(type === 'BUTTONS' ? { buttons: [{ id: 'x', title: 'B {{b}}' }] } : {}),
            ...(type === 'LIST'
              ? {
                  listButton: 'Open',
                  sections: [{ title: '{{c_1}}', rows: [{ id: 'r', title: 'R {{a}}', description: '{{c_1}}' }] }],
                }
              : {}),
            ...(type === 'MEDIA' ? { imageUrl: 'https://x.example/a.jpg' } : {}),
          }
          const given = new Map(
            names.flatMap((name, i) => (values[i] === undefined ? [] : [[name, values[i]] as [string, string]])),
          )
          const rendered = renderContent({ type, content }, variables, given, setting)
          for (const part of textParts({ type, content: rendered.content })) expect(part.text).not.toContain('{{')
          if (rendered.issues.length > 0) return
          for (const part of textParts({ type, content: rendered.content }))
            expect(lengthOf(part.text)).toBeLessThanOrEqual(part.max)
          const sent = outboundContentSchema.safeParse(freeForm(type, rendered.content))
          expect(sent.error?.issues).toBeUndefined()
        },
      ),
      { numRuns: 600 },
    )
  })

  test('a value adds no formatting: every remaining mark is inside a word', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('*', '_', '~', '`', 'a', 'é', '1', ' ', '\n', '{', '>', '-', '\t', '\u202E', '👍'),
          maxLength: 40,
        }),
        (value) => {
          const text = formatValue('TEXT', value, shop, { multiline: true }) ?? ''
          expect(text).not.toMatch(/(?<![\p{L}\p{N}\p{M}])[*_~]|[*_~](?![\p{L}\p{N}\p{M}])|`/u)
          expect(text).not.toMatch(/[\t\u202E]| {2}|\n{3}/)
          expect(text).not.toMatch(/^[>-] /m)
          const flat = formatValue('TEXT', value, shop, { multiline: false }) ?? ''
          expect(flat).not.toMatch(/[\n\t]| {2}/)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('plain words stay unchanged', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abzAZ09àÿñçé'), minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        expect(formatValue('TEXT', words.join(' '), shop, { multiline: true })).toBe(words.join(' '))
      }),
    )
  })
})
