import { describe, expect, test } from 'vitest'
import { outboundContentSchema } from '../../../whatsapp/content.ts'
import { builtInNotice } from './built-in.ts'
import { cloudContent, cloudDefinition, submissionIssues, type CloudTemplate } from './cloud.ts'
import { BUILT_IN_LANGUAGES, chooseLanguage, cloudLanguage, formattingLocale } from './language.ts'
import { NOTICE_NAMES, noticeVariables } from './notices.ts'
import { variablesIn } from './placeholders.ts'
import { approvalRefusal, definitionRefusal, optOutRefusal, valueRefusal, type Approval } from './preflight.ts'
import { renderContent } from './render.ts'
import type { Variable } from './variables.ts'

const setting = { language: 'en', locale: 'en-US', currency: 'USD', timeZone: 'UTC' }
const variable = (name: string, more: Partial<Variable> = {}): Variable => ({
  name,
  type: 'TEXT',
  default: null,
  example: 'Ex',
  ...more,
})
const template = (more: Partial<CloudTemplate> = {}): CloudTemplate => ({
  name: 'reminder',
  language: 'en',
  category: 'UTILITY',
  type: 'TEXT',
  content: { body: 'Hello {{who}}, you owe {{ sum }} to us.' },
  variables: [variable('who'), variable('sum', { type: 'MONEY', example: '1250' })],
  ...more,
})

describe('a submission for review', () => {
  test('has texts, buttons and examples in WhatsApp’s format', () => {
    const definition = cloudDefinition(
      template({
        language: 'pt-BR',
        type: 'BUTTONS',
        content: {
          header: 'For {{who}}',
          body: 'Hello {{who}}, you owe {{ sum }} to us.',
          footer: 'Thanks',
          buttons: [{ id: 'pay', title: 'Pay' }],
        },
      }),
      setting,
    )
    expect(definition).toEqual({
      name: 'reminder',
      language: 'pt-BR',
      category: 'UTILITY',
      components: [
        {
          type: 'HEADER',
          format: 'TEXT',
          text: 'For {{who}}',
          example: { header_text_named_params: [{ param_name: 'who', example: 'Ex' }] },
        },
        {
          type: 'BODY',
          text: 'Hello {{who}}, you owe {{sum}} to us.',
          example: {
            body_text_named_params: [
              { param_name: 'who', example: 'Ex' },
              { param_name: 'sum', example: '$12.50' },
            ],
          },
        },
        { type: 'FOOTER', text: 'Thanks' },
        { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Pay' }] },
      ],
    })
  })

  const faults = (more: Partial<CloudTemplate>) =>
    submissionIssues(template({ variables: [], ...more })).map(({ path, message }) => `${path} ${message}`)
  test.each<[string, Partial<CloudTemplate>, string]>([
    ['a list', { type: 'LIST', content: { body: 'x' } }, 'type WhatsApp does not approve lists'],
    [
      'a strange language',
      { language: 'tlh', content: { body: 'x' } },
      'language is not a language in which WhatsApp accepts',
    ],
    ['a variable at the start', { content: { body: '{{a}} x' } }, 'content.body must not begin with a variable'],
    ['a variable at the end', { content: { body: 'x {{a}}' } }, 'content.body must not end with a variable'],
    [
      'variables side by side',
      { content: { body: 'x {{a}} {{b}} y' } },
      'content.body needs words between two variables',
    ],
    ['a wall of breaks', { content: { body: 'x\n\n\n\ny' } }, 'content.body must not contain tabs'],
    ['a footer to fill in', { content: { body: 'x', footer: '{{a}}' } }, 'content.footer must not contain variables'],
    [
      'an emoji heading',
      { content: { body: 'x', header: '🎉 Hi' } },
      'content.header must not contain line breaks, emoji',
    ],
    [
      'a heading of two variables',
      { content: { body: 'x', header: '{{a}} and {{b}}' } },
      'content.header must contain at most one variable',
    ],
    [
      'a button to fill in',
      { content: { body: 'x', buttons: [{ id: 'a', title: '{{a}}' }] } },
      'content.buttons.0.title must not contain variables',
    ],
    [
      'no example',
      { content: { body: 'x {{a}} y' }, variables: [variable('a', { example: null })] },
      'variables.0.example is required',
    ],
  ])('%s is refused', (_what, more, expected) => {
    expect(faults(more)).toEqual([expect.stringContaining(expected)])
  })
})

describe('a template message', () => {
  test('has every parameter, on one line and never empty', () => {
    const variables = [variable('who'), variable('note', { default: '' })]
    const { content, issues } = cloudContent(
      template({ content: { body: 'Hi {{who}}:\n{{note}}\nBye' }, variables }),
      new Map([['who', 'Ana\n*Ruiz*\tand   Ben']]),
      setting,
    )
    expect(issues).toEqual([])
    expect(content).toEqual({
      kind: 'template',
      name: 'reminder',
      language: 'en',
      body: 'Hi Ana ∗Ruiz∗ and Ben:\n–\nBye',
      bodyParameters: [
        { name: 'who', text: 'Ana ∗Ruiz∗ and Ben' },
        { name: 'note', text: '–' },
      ],
    })
    expect(outboundContentSchema.safeParse(content).success).toBe(true)
  })

  test.each<[string, Record<string, string>, number, string]>([
    ['nothing', {}, 132000, 'who is missing; sum is missing.'],
    [
      'something unknown',
      { who: 'A', sum: '1', zip: '1' },
      132000,
      'zip is not a variable of this template; it has who, sum.',
    ],
    [
      'the wrong form',
      { who: 'A', sum: 'ten' },
      132012,
      'sum must be an amount in minor units, such as 1250 for 12.50.',
    ],
    [
      'too much',
      { who: 'x'.repeat(1000), sum: '1' },
      132005,
      'body is 1028 characters long once filled in; WhatsApp allows 1024.',
    ],
  ])('with %s is refused with WhatsApp’s own code', (_what, values, code, message) => {
    const { issues } = cloudContent(template(), new Map(Object.entries(values)), setting)
    expect(valueRefusal(issues)).toMatchObject({ code, message })
  })
})

describe('preflight', () => {
  test.each<[Approval, number | null, number | null]>([
    ['NOT_SUBMITTED', null, 132001],
    ['PENDING', 1, 132001],
    ['REJECTED', null, 132001],
    ['PAUSED', 1, 132015],
    ['DISABLED', 1, 132016],
    ['APPROVED', null, 132001],
    ['APPROVED', 1, null],
  ])('a template with status %s (approved version %s) is refused with %s', (approval, approvedVersion, code) => {
    expect(approvalRefusal({ name: 'a', language: 'en', approval, approvedVersion })?.code ?? null).toBe(code)
  })

  test('a customer’s opt-out refuses only marketing', () => {
    expect(optOutRefusal('MARKETING', true)?.code).toBe(131050)
    expect(optOutRefusal('MARKETING', false)).toBeNull()
    expect(optOutRefusal('UTILITY', true)).toBeNull()
  })

  test('a message that does not match the approved version is refused', () => {
    const { content } = cloudContent(
      template(),
      new Map([
        ['who', 'A'],
        ['sum', '1'],
      ]),
      setting,
    )
    expect(definitionRefusal(content, template())).toBeNull()
    expect(definitionRefusal(content, template({ content: { body: 'Hello {{who}}!' } }))?.code).toBe(132000)
    expect(definitionRefusal(content, template({ content: { body: 'Hello {{who}}, {{other}}!' } }))?.code).toBe(132000)
    expect(definitionRefusal(content, template({ type: 'MEDIA' }))?.code).toBe(132012)
    expect(definitionRefusal({ ...content, headerImageUrl: 'https://a.example/b.jpg' }, template())?.code).toBe(132012)
    expect(definitionRefusal({ ...content, body: 'x'.repeat(1025) }, template())?.code).toBe(132005)
    const buttonParameters = [{ index: 0, kind: 'quick_reply' as const, text: 'x' }]
    expect(definitionRefusal({ ...content, buttonParameters }, template())?.code).toBe(132000)
  })
})

describe('built-in notices', () => {
  const every = NOTICE_NAMES.flatMap((name) => BUILT_IN_LANGUAGES.map((language) => [name, language] as const))

  test.each(every)('%s in %s uses only variables of the notice, and WhatsApp would accept it', (name, language) => {
    const { body, variables } = builtInNotice(name, language)
    expect(variables.map((one) => one.name).toSorted()).toEqual(variablesIn(body).toSorted())
    expect(body).toContain('{{order_number}}')
    expect(submissionIssues(template({ name, language, content: { body }, variables }))).toEqual([])
  })

  test.each(every)('%s in %s has a text with all variables, and with only the required ones', (name, language) => {
    const { body, variables } = builtInNotice(name, language)
    const values = (sure: boolean) =>
      new Map(variables.filter((one) => !sure || one.default === null).map((one) => [one.name, one.example ?? '']))
    for (const sure of [true, false]) {
      const { content, issues } = renderContent({ type: 'TEXT', content: { body } }, variables, values(sure), {
        ...setting,
        language,
      })
      expect(issues).toEqual([])
      expect(content.body).toContain('1042')
      expect(content.body).not.toMatch(/\{\{|undefined|null|: *$/m)
    }
  })

  test('use the same variables in every language', () => {
    for (const name of NOTICE_NAMES)
      for (const language of BUILT_IN_LANGUAGES)
        expect(variablesIn(builtInNotice(name, language).body).toSorted(), `${name} ${language}`).toEqual(
          variablesIn(builtInNotice(name, 'en').body).toSorted(),
        )
  })

  test('have examples of the type of each variable', () => {
    for (const name of NOTICE_NAMES) for (const one of noticeVariables(name)) expect(one.example).toBeTruthy()
  })
})

describe('languages', () => {
  test('a customer receives their language, else the shop’s, else English', () => {
    const of = (customer: string | null, shop: string, ...more: string[]) =>
      chooseLanguage([...more, ...BUILT_IN_LANGUAGES], { customer, shop })
    expect(of('es', 'en-US')).toBe('es')
    expect(of('sw', 'es-MX')).toBe('es')
    expect(of(null, 'de-DE')).toBe('en')
    expect(of('pt-BR', 'en-US')).toBe('pt')
    expect(of('pt-BR', 'en-US', 'pt-BR')).toBe('pt-BR')
    expect(of('pt', 'en-US', 'pt-PT')).toBe('pt')
    expect(of('ar', 'en-US', 'ar-EG')).toBe('ar-EG')
    expect(of('nonsense', 'zz', 'fr')).toBe('en')
  })

  test('numbers have the format of a country that speaks the language', () => {
    expect(formattingLocale('es', { customer: 'es', shop: 'es-MX' })).toBe('es-MX')
    expect(formattingLocale('es', { customer: 'es-AR', shop: 'es-MX' })).toBe('es-AR')
    expect(formattingLocale('en', { customer: null, shop: 'es-MX' })).toBe('en')
    expect(formattingLocale('pt-BR', { customer: 'pt-PT', shop: 'pt-PT' })).toBe('pt-BR')
  })

  test('WhatsApp receives language codes that it supports', () => {
    expect([
      cloudLanguage('en'),
      cloudLanguage('pt'),
      cloudLanguage('en-GB'),
      cloudLanguage('tlh'),
      cloudLanguage('en-ZA'),
    ]).toEqual(['en', 'pt-BR', 'en-GB', null, null])
  })
})
