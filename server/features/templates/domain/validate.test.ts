import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TEMPLATE_LIMITS, type TemplateContent, type TemplateType } from './content.ts'
import { fill, parseText } from './placeholders.ts'
import { draftIssues, identityIssues } from './validate.ts'
import type { Variable } from './variables.ts'

const faults = (type: TemplateType, content: TemplateContent, variables: Variable[] = []): string[] =>
  draftIssues({ type, content }, variables).map(({ path, message }) => `${path}: ${message}`)

const variable = (name: string, more: Partial<Variable> = {}): Variable => ({
  name,
  type: 'TEXT',
  default: null,
  example: null,
  ...more,
})
const buttons = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `b${i}`, title: `Button ${i}` }))
const rows = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ id: `r${from + i}`, title: `Row` }))
const list = (more: Partial<TemplateContent> = {}): TemplateContent => ({
  body: 'Choose',
  listButton: 'Open',
  sections: [{ title: 'One', rows: rows(1) }],
  ...more,
})

describe('the name, language and description of a template', () => {
  const identity = (name: string, language = 'en', description = '') =>
    identityIssues({ name, language, description }).map(({ path }) => path)

  test.each(['abc', 'a'.repeat(50), 'order_received', '123'])('accepts the name %s', (name) =>
    expect(identity(name)).toEqual([]),
  )
  test.each(['ab', 'a'.repeat(51), 'Order', 'order-received', 'ordér', 'order received', '', 'a\nb_c'])(
    'refuses the name %j',
    (name) => expect(identity(name)).toEqual(['name']),
  )
  test.each(['en', 'pt-BR', 'pt_br', 'fil'])('accepts the language %s', (language) =>
    expect(identity('abc', language)).toEqual([]),
  )
  test.each(['', 'e', 'english', 'en-USA', 'en-', '12', '__proto__'])('refuses the language %j', (language) =>
    expect(identity('abc', language)).toEqual(['language']),
  )
  test('has a description of at most 200 characters, where an emoji counts as one', () => {
    expect(identity('abc', 'en', '😀'.repeat(200))).toEqual([])
    expect(identity('abc', 'en', '😀'.repeat(201))).toEqual(['description'])
  })
})

describe('every limit, exceeded by one', () => {
  const text = (length: number) => 'é'.repeat(length)
  const cases: [string, TemplateType, (over: number) => TemplateContent, string][] = [
    ['body', 'TEXT', (o) => ({ body: text(TEMPLATE_LIMITS.body + o) }), 'content.body'],
    ['header', 'BUTTONS', (o) => ({ header: text(60 + o), body: 'b', buttons: buttons(1) }), 'content.header'],
    ['footer', 'BUTTONS', (o) => ({ footer: text(60 + o), body: 'b', buttons: buttons(1) }), 'content.footer'],
    ['buttons', 'BUTTONS', (o) => ({ body: 'b', buttons: buttons(3 + o) }), 'content.buttons'],
    [
      'button title',
      'BUTTONS',
      (o) => ({ body: 'b', buttons: [{ id: 'a', title: text(20 + o) }] }),
      'content.buttons.0.title',
    ],
    [
      'button id',
      'BUTTONS',
      (o) => ({ body: 'b', buttons: [{ id: text(256 + o), title: 't' }] }),
      'content.buttons.0.id',
    ],
    ['list button', 'LIST', (o) => list({ listButton: text(20 + o) }), 'content.listButton'],
    [
      'rows',
      'LIST',
      (o) =>
        list({
          sections: [
            { title: 'A', rows: rows(5) },
            { title: 'B', rows: rows(5 + o, 5) },
          ],
        }),
      'content.sections',
    ],
    [
      'section title',
      'LIST',
      (o) => list({ sections: [{ title: text(24 + o), rows: rows(1) }] }),
      'content.sections.0.title',
    ],
    [
      'row id',
      'LIST',
      (o) => list({ sections: [{ title: '', rows: [{ id: text(200 + o), title: 't' }] }] }),
      'content.sections.0.rows.0.id',
    ],
    [
      'row title',
      'LIST',
      (o) => list({ sections: [{ title: '', rows: [{ id: 'r', title: text(24 + o) }] }] }),
      'content.sections.0.rows.0.title',
    ],
    [
      'row description',
      'LIST',
      (o) => list({ sections: [{ title: '', rows: [{ id: 'r', title: 't', description: text(72 + o) }] }] }),
      'content.sections.0.rows.0.description',
    ],
    [
      'image URL',
      'MEDIA',
      (o) => ({ body: 'b', imageUrl: `https://x.example/${'a'.repeat(1982 + o)}` }),
      'content.imageUrl',
    ],
  ]
  test.each(cases)('%s', (_what, type, make, path) => {
    expect(draftIssues({ type, content: make(0) }, [])).toEqual([])
    expect(draftIssues({ type, content: make(1) }, []).map((issue) => issue.path)).toEqual([path])
  })

  test('sections', () => {
    const sections = (count: number) => Array.from({ length: count }, (_, i) => ({ title: `S${i}`, rows: rows(1, i) }))
    expect(faults('LIST', list({ sections: sections(10) }))).toEqual([])
    expect(faults('LIST', list({ sections: sections(11) }))).toEqual([
      'content.sections: must have at most 10 sections',
      'content.sections: must have at most 10 rows in all sections',
    ])
  })

  test('variables', () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`)
    const of = (count: number) =>
      faults(
        'TEXT',
        {
          body: names(count)
            .map((name) => `{{${name}}}`)
            .join(' '),
        },
        names(count).map((name) => variable(name)),
      )
    expect(of(20)).toEqual([])
    expect(of(21)).toEqual(['variables: must have at most 20 variables'])
  })
})

describe('a missing or superfluous part', () => {
  test.each<[string, TemplateType, TemplateContent, string[]]>([
    ['an empty body', 'TEXT', { body: ' ' }, ['content.body: must not be empty']],
    ['no buttons', 'BUTTONS', { body: 'b' }, ['content.buttons: needs at least 1 button']],
    [
      'no list',
      'LIST',
      { body: 'b' },
      [
        'content.listButton: is required: it is the title of the button that opens the list',
        'content.sections: needs at least 1 section',
      ],
    ],
    [
      'a section without rows',
      'LIST',
      list({ sections: [{ title: '', rows: [] }] }),
      ['content.sections.0.rows: needs at least 1 row'],
    ],
    ['no image', 'MEDIA', { body: 'b' }, ['content.mediaId: needs an image: set exactly one of mediaId and imageUrl']],
    [
      'two images',
      'MEDIA',
      { body: 'b', mediaId: 'x', imageUrl: 'https://x.example/a.jpg' },
      ['content.mediaId: needs an image: set exactly one of mediaId and imageUrl'],
    ],
    [
      'buttons on a text',
      'TEXT',
      { body: 'b', buttons: buttons(1) },
      ['content.buttons: is not part of a template of type TEXT; leave it out'],
    ],
  ])('%s', (_what, type, content, expected) => expect(faults(type, content)).toEqual(expected))

  test('two sections need titles', () => {
    expect(
      faults(
        'LIST',
        list({
          sections: [
            { title: '', rows: rows(1) },
            { title: 'B', rows: rows(1, 1) },
          ],
        }),
      ),
    ).toEqual(['content.sections.0.title: must not be empty'])
  })

  test('ids and titles are unique, and ids contain no placeholder', () => {
    const twice = [
      { id: 'a', title: 'A' },
      { id: 'a', title: 'A' },
    ]
    expect(faults('BUTTONS', { body: 'b', buttons: twice })).toEqual([
      'content.buttons.1.id: must be unique among the buttons',
      'content.buttons.1.title: must be unique among the buttons',
    ])
    expect(
      faults(
        'LIST',
        list({
          sections: [
            { title: 'A', rows: rows(1) },
            { title: 'B', rows: rows(1) },
          ],
        }),
      ),
    ).toEqual(['content.sections.1.rows.0.id: must be unique among the rows'])
    expect(faults('BUTTONS', { body: '{{a}}', buttons: [{ id: 'x{{a}}', title: 'X' }] }, [variable('a')])).toEqual([
      'content.buttons.0.id: cannot contain a placeholder; it is the same for every customer',
    ])
  })

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://x.example/a',
    '/a.jpg',
    'https://user:pass@x.example/a',
    'https://x.example/a b',
  ])('an image from %s is refused', (imageUrl) =>
    expect(draftIssues({ type: 'MEDIA', content: { body: 'b', imageUrl } }, []).map(({ path }) => path)).toEqual([
      'content.imageUrl',
    ]),
  )
})

describe('placeholders', () => {
  test.each([
    ['{{', 'contains "{{" that is not closed with "}}"'],
    ['Hi {{name', 'contains "{{" that is not closed with "}}"'],
    ['Hi name}}', 'contains "}}" that closes no placeholder'],
    ['Hi {{}}', '"{{}}" is not a placeholder: names have a-z, 0-9 and "_", and begin with a letter'],
    ['Hi {{1}}', '"{{1}}" is not a placeholder: names have a-z, 0-9 and "_", and begin with a letter'],
    ['Hi {{Name}}', '"{{Name}}" is not a placeholder: names have a-z, 0-9 and "_", and begin with a letter'],
    ['Hi {{__proto__}}', '"{{__proto__}}" is not a placeholder: names have a-z, 0-9 and "_", and begin with a letter'],
    ['Hi {{a b}}', '"{{a b}}" is not a placeholder: names have a-z, 0-9 and "_", and begin with a letter'],
    ['Hi {{constructor}}', 'uses {{constructor}}, which is not among the variables'],
    ['Hi {{nmae}}', 'uses {{nmae}}, which is not among the variables'],
  ])('%s is refused', (body, message) => expect(faults('TEXT', { body })).toEqual([`content.body: ${message}`]))

  test('nested placeholders are refused', () => {
    expect(faults('TEXT', { body: '{{a{{b}}}}' })[0]).toContain('"{{a{{b}}" is not a placeholder')
  })

  test('the parts of a valid text join to the same text', () => {
    const part = fc.constantFrom(
      '{',
      '}',
      '{{a}}',
      '{{ b }}',
      '{{a',
      'b}}',
      'é',
      '👩‍👩‍👧',
      '\n',
      ' ',
      '{{constructor}}',
      '{{9}}',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        const { segments, faults } = parseText(text)
        if (faults.length > 0) return
        const again = fill(text, (name) => `{{${name}}}`)
        expect(again).toBe(text.replaceAll(/\{\{ *(\w+) *\}\}/g, '{{$1}}'))
        expect(parseText(again)).toEqual({ segments, faults: [] })
        expect(fill(text, () => '')).not.toMatch(/\{\{\w+\}\}/)
      }),
      { numRuns: 500 },
    )
  })

  test('single braces and JSON are plain text', () => {
    expect(faults('TEXT', { body: '{ "a": { "b": 1 } } {x}' })).toEqual([])
  })

  test('every invalid variable is reported at once', () => {
    const variables = [
      variable('unused'),
      variable('n', { type: 'NUMBER', default: 'many', example: '1,5' }),
      variable('n'),
      variable('Bad Name'),
    ]
    expect(faults('TEXT', { body: '{{n}}' }, variables)).toEqual([
      'variables.2.name: must be unique among the variables',
      'variables.0.name: is used nowhere; write {{unused}} where it belongs, or leave it out',
      'variables.1.default: must be a number such as 12 or 3.5, with at most 15 digits before the point and 6 behind it',
      'variables.1.example: must be a number such as 12 or 3.5, with at most 15 digits before the point and 6 behind it',
      'variables.3.name: must have 1 to 40 of a-z, 0-9 and "_", and begin with a letter',
    ])
  })
})
