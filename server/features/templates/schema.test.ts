import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { botActor, execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb, type TenantDb } from '../../../test/harness/tenant-db.ts'
import { issuePaths, runTemplate, textTemplate } from '../../../test/harness/templates.ts'
import type { Actor, StaffActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let agent: StaffActor
let db: TenantDb

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shop = await createTestShop(app, { locale: 'en-US' })
  agent = await createStaff(app, shop.merchantId, { role: 'AGENT' })
  db = tenantDb(app.database, shop.merchantId)
})
afterAll(() => testApp[Symbol.asyncDispose]())

const run = (field: string, input: object, actor: Actor = shop.owner) => runTemplate(app, actor, field, input)

describe('a template', () => {
  test('is created, with its first version, and may be changed, submitted, sent and archived by an owner', async () => {
    const input = textTemplate({ description: 'A reminder', category: 'MARKETING' })
    expect(await run('createTemplate', input)).toMatchObject({
      __typename: 'Template',
      ...input,
      version: 1,
      archived: false,
      approval: 'NOT_SUBMITTED',
      notice: null,
      allowedActions: ['UPDATE', 'SUBMIT', 'SEND', 'ARCHIVE'],
      variables: [
        { name: 'who', type: 'TEXT', default: null, example: 'Ana' },
        { name: 'sum', type: 'MONEY', default: '0', example: '1250' },
      ],
      versions: [{ version: 1, content: { body: 'Hello {{who}}, you owe {{sum}}.' } }],
    })
  })

  test.each([
    ['BUTTONS', { header: 'Hi {{who}}', body: 'b', footer: 'f', buttons: [{ id: 'yes', title: 'Yes' }] }],
    [
      'LIST',
      {
        body: 'b {{who}}',
        listButton: 'Open',
        sections: [{ title: '', rows: [{ id: 'r', title: 'Row', description: 'More' }] }],
      },
    ],
    ['MEDIA', { body: 'b {{who}}', imageUrl: 'https://shop.example/a.jpg' }],
  ])('of type %s is stored unchanged', async (type, content) => {
    const created = await run(
      'createTemplate',
      textTemplate({ type, content, variables: [{ name: 'who', type: 'TEXT' }] }),
    )
    expect(created).toMatchObject({ type, content })
    expect(created.allowedActions.includes('SUBMIT')).toBe(type !== 'LIST' && type !== 'MEDIA')
  })

  test('has a name that is unique in its language, archived or not', async () => {
    const input = textTemplate()
    const { id } = await run('createTemplate', input)
    expect(issuePaths(await run('createTemplate', input))).toEqual(['input.name'])
    expect(await run('createTemplate', { ...input, language: 'pt_br' })).toMatchObject({ language: 'pt-BR' })
    await run('archiveTemplate', { id })
    expect(issuePaths(await run('createTemplate', input))).toEqual(['input.name'])
    const other = await createTestShop(app)
    expect(await run('createTemplate', input, other.owner)).toMatchObject({ __typename: 'Template' })
  })

  test('is created by one of two concurrent requests', async () => {
    const input = textTemplate()
    const outcomes = await Promise.all([1, 2, 3].map(() => run('createTemplate', input)))
    expect(outcomes.map((one) => one.__typename).toSorted()).toEqual(['Template', 'ValidationError', 'ValidationError'])
  })

  test('with many faults is refused with all of them and their paths', async () => {
    const outcome = await run('createTemplate', {
      name: 'No',
      language: 'english',
      type: 'BUTTONS',
      description: 'x'.repeat(201),
      content: { body: '', buttons: [{ id: 'a', title: 'x'.repeat(21) }], imageUrl: 'javascript:1' },
      variables: [{ name: 'unused', type: 'TEXT' }],
    })
    expect(issuePaths(outcome)).toEqual([
      'input.name',
      'input.language',
      'input.description',
      'input.content.imageUrl',
      'input.content.body',
      'input.content.buttons.0.title',
      'input.variables.0.name',
    ])
  })

  test('is stored without control and direction characters', async () => {
    const created = await run(
      'createTemplate',
      textTemplate({ content: { body: ' Hello\u0000 {{who}}\r\n{{sum}}\u202E ' } }),
    )
    expect(created.content.body).toBe('Hello {{who}}\n{{sum}}')
  })

  test('with an unknown image is not created', async () => {
    for (const mediaId of [randomUUID(), 'nonsense'])
      expect(
        await run('createTemplate', textTemplate({ type: 'MEDIA', content: { body: 'b', mediaId }, variables: [] })),
      ).toMatchObject({
        __typename: 'NotFoundError',
      })
  })

  test('is created once for an idempotency key', async () => {
    const input = textTemplate({ idempotencyKey: randomUUID() })
    const [one, two] = [await run('createTemplate', input), await run('createTemplate', input)]
    expect(two.id).toBe(one.id)
    await expect(run('createTemplate', { ...input, description: 'other' })).rejects.toThrow('idempotency key')
  })

  test('is protected by permissions: agents read and send, viewers read, bots see nothing', async () => {
    const { id } = await run('createTemplate', textTemplate())
    const viewer = await createStaff(app, shop.merchantId, { role: 'VIEWER' })
    for (const [field, input] of [
      ['createTemplate', textTemplate()],
      ['updateTemplate', { id, expectedVersion: 1 }],
      ['archiveTemplate', { id }],
      ['submitTemplate', { id }],
      ['customizeNotice', { name: 'order_accepted', language: 'en' }],
    ] as const)
      for (const actor of [agent, viewer]) await expect(run(field, input, actor)).rejects.toThrow('templates:write')
    const ask = '{ templates { totalCount } }'
    await expect(execute(app, botActor(shop.merchantId, randomUUID()), ask)).rejects.toThrow('templates:read')
    const document = 'query ($id: ID!) { template(id: $id) { allowedActions } }'
    expect(await execute(app, agent, document, { id })).toEqual({ template: { allowedActions: ['SEND'] } })
    expect(await execute(app, viewer, document, { id })).toEqual({ template: { allowedActions: [] } })
  })
})

describe('a change', () => {
  test('creates a version and keeps the earlier ones', async () => {
    const { id } = await run('createTemplate', textTemplate())
    const changed = await run('updateTemplate', {
      id,
      expectedVersion: 1,
      content: { body: 'Dear {{who}}' },
      variables: [{ name: 'who', type: 'TEXT' }],
    })
    expect(changed).toMatchObject({
      version: 2,
      content: { body: 'Dear {{who}}' },
      versions: [
        { version: 2, content: { body: 'Dear {{who}}' } },
        { version: 1, content: { body: 'Hello {{who}}, you owe {{sum}}.' } },
      ],
    })
    expect(await db.auditEntry.findMany({ where: { subjectId: id }, orderBy: { id: 'asc' } })).toMatchObject([
      { action: 'template.create' },
      { action: 'template.update', detail: { version: 2 } },
    ])
  })

  test('of an outdated version is refused, with the current one', async () => {
    const { id } = await run('createTemplate', textTemplate())
    const at = (body: string) =>
      run('updateTemplate', { id, expectedVersion: 1, content: { body: `${body} {{who}} {{sum}}` } })
    const outcomes = await Promise.all([at('One'), at('Two'), at('Three')])
    expect(outcomes.map((one) => one.__typename).toSorted()).toEqual([
      'Template',
      'TemplateConflictError',
      'TemplateConflictError',
    ])
    expect(outcomes.find((one) => one.__typename === 'TemplateConflictError')).toMatchObject({
      version: 2,
      template: { id, version: 2 },
    })
    expect(await db.templateVersion.count({ where: { templateId: id } })).toBe(2)
  })

  test('without a difference creates no version', async () => {
    const input = textTemplate({ description: 'Same' })
    const { id } = await run('createTemplate', input)
    const { content, variables } = input
    expect(
      await run('updateTemplate', { id, expectedVersion: 1, content, variables, description: 'Same' }),
    ).toMatchObject({ version: 1 })
    expect(await run('updateTemplate', { id, expectedVersion: 1, description: 'Other' })).toMatchObject({
      version: 2,
      description: 'Other',
    })
  })

  test('of an archived template is refused until it is restored; archive and restore may be repeated', async () => {
    const { id } = await run('createTemplate', textTemplate())
    for (const _ of [1, 2])
      expect(await run('archiveTemplate', { id })).toMatchObject({
        archived: true,
        allowedActions: ['RESTORE'],
      })
    expect(issuePaths(await run('updateTemplate', { id, expectedVersion: 1, description: 'x' }))).toEqual(['input.id'])
    for (const _ of [1, 2]) expect(await run('restoreTemplate', { id })).toMatchObject({ archived: false, version: 1 })
  })

  test('of an unknown template, or one of another shop, is refused with the same error', async () => {
    const other = await createTestShop(app)
    const { id } = await run('createTemplate', textTemplate(), other.owner)
    for (const field of ['archiveTemplate', 'restoreTemplate', 'submitTemplate'])
      for (const unknown of [id, randomUUID(), 'nonsense'])
        expect(await run(field, { id: unknown })).toEqual({
          __typename: 'NotFoundError',
          message: 'No template with this id exists in your shop.',
        })
  })
})

describe('the list', () => {
  test('is filtered, searched and paged', async () => {
    const { owner } = await createTestShop(app)
    const ids: string[] = []
    for (const [i, language] of ['en', 'es', 'en', 'pt-BR', 'en'].entries())
      ids.push(
        (
          await run(
            'createTemplate',
            textTemplate({ name: `greeting_${i}`, language, description: `number ${i}` }),
            owner,
          )
        ).id,
      )
    await run('customizeNotice', { name: 'order_accepted', language: 'en' }, owner)
    await run('archiveTemplate', { id: ids[0] }, owner)
    const list = async (args: string) =>
      (
        await execute<{
          templates: {
            totalCount: number
            edges: { node: { name: string } }[]
            pageInfo: { endCursor: string; hasNextPage: boolean }
          }
        }>(
          app,
          owner,
          `{ templates(${args}) { totalCount edges { node { name } } pageInfo { endCursor hasNextPage } } }`,
        )
      ).templates
    const namesOf = async (args: string) => (await list(args)).edges.map(({ node }) => node.name)
    expect(await namesOf('first: 10')).toEqual([
      'order_accepted',
      'greeting_4',
      'greeting_3',
      'greeting_2',
      'greeting_1',
    ])
    expect(await namesOf('filter: { archived: true }')).toEqual(['greeting_0'])
    expect(await namesOf('filter: { notices: true }')).toEqual(['order_accepted'])
    expect(await namesOf('filter: { notices: false, language: "en" }')).toEqual(['greeting_4', 'greeting_2'])
    expect(await namesOf('filter: { type: BUTTONS }')).toEqual([])
    expect(await namesOf('filter: { approval: NOT_SUBMITTED, category: UTILITY }, search: "number 3"')).toEqual([
      'greeting_3',
    ])
    expect(await namesOf('search: "%"')).toEqual([])
    const seen: string[] = []
    for (let after = ''; ;) {
      const page = await list(`first: 2${after && `, after: "${after}"`}`)
      expect(page.totalCount).toBe(5)
      seen.push(...page.edges.map(({ node }) => node.name))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
    expect(seen).toEqual(await namesOf('first: 10'))
  })
})

describe('notices', () => {
  const noticesOf = async (owner: StaffActor) =>
    (
      await execute<{
        notices: {
          name: string
          variables: { name: string }[]
          texts: { language: string; builtIn: string | null; template: { id: string } | null }[]
        }[]
      }>(
        app,
        owner,
        '{ notices { name description variables { name type default example } texts { language builtIn template { id archived } } } }',
      )
    ).notices

  test('are listed with their texts in four languages and their variables', async () => {
    const notices = await noticesOf((await createTestShop(app)).owner)
    expect(notices).toHaveLength(15)
    for (const { texts, variables } of notices) {
      expect(texts.map(({ language, template }) => [language, template])).toEqual(
        ['en', 'es', 'fr', 'pt'].map((language) => [language, null]),
      )
      expect(variables.map(({ name }) => name)).toContain('order_number')
    }
  })

  test('become the shop’s own by a copy, in any language, and built-in again when it is archived', async () => {
    const { owner } = await createTestShop(app)
    const own = await run('customizeNotice', { name: 'order_cancelled', language: 'es' }, owner)
    expect(own).toMatchObject({
      name: 'order_cancelled',
      notice: 'order_cancelled',
      language: 'es',
      type: 'TEXT',
      version: 1,
    })
    expect(own.content.body).toContain('fue cancelado')
    expect(own.variables).toContainEqual({ name: 'reason', type: 'TEXT', default: '', example: 'Out of stock' })
    expect((await run('customizeNotice', { name: 'order_cancelled', language: 'es' }, owner)).id).toBe(own.id)
    const german = await run('customizeNotice', { name: 'order_cancelled', language: 'de' }, owner)
    expect(german.content.body).toContain('has been cancelled')
    const texts = async () => (await noticesOf(owner)).find(({ name }) => name === 'order_cancelled')?.texts
    expect(await texts()).toEqual([
      { language: 'en', builtIn: expect.any(String), template: null },
      { language: 'es', builtIn: expect.any(String), template: { id: own.id, archived: false } },
      { language: 'fr', builtIn: expect.any(String), template: null },
      { language: 'pt', builtIn: expect.any(String), template: null },
      { language: 'de', builtIn: null, template: { id: german.id, archived: false } },
    ])
    await run(
      'updateTemplate',
      { id: own.id, expectedVersion: 1, content: { body: 'Cancelado: {{order_number}}' }, variables: [] },
      owner,
    )
    await run('archiveTemplate', { id: own.id }, owner)
    expect((await texts())?.[1]).toMatchObject({ language: 'es', template: null })
    const again = await run('customizeNotice', { name: 'order_cancelled', language: 'es' }, owner)
    expect(again).toMatchObject({
      id: own.id,
      archived: false,
      version: 2,
      content: { body: 'Cancelado: {{order_number}}' },
    })
  })

  test('accept only their own variables, with their types, which need not be declared', async () => {
    const { owner } = await createTestShop(app)
    const notice = (content: object, variables: object[] = []) =>
      run('createTemplate', { name: 'order_accepted', language: 'en', type: 'TEXT', content, variables }, owner)
    expect(issuePaths(await notice({ body: 'Pay {{payment_link}}' }))).toEqual(['input.content.body'])
    expect(issuePaths(await notice({ body: 'Hi {{mood}}' }, [{ name: 'mood', type: 'TEXT' }]))).toEqual([
      'input.variables.0.name',
    ])
    expect(issuePaths(await notice({ body: 'All {{total}}' }, [{ name: 'total', type: 'TEXT' }]))).toEqual([
      'input.variables.0.type',
    ])
    expect((await notice({ body: 'All {{total}} for {{customer_name}}' })).variables).toEqual([
      { name: 'customer_name', type: 'TEXT', default: '', example: 'Ana' },
      { name: 'total', type: 'MONEY', default: null, example: '3450' },
    ])
  })

  test('that do not exist cannot be customised', async () => {
    expect(issuePaths(await run('customizeNotice', { name: 'order_accepted', language: 'nonsense' }))).toEqual([
      'input.language',
    ])
    await expect(run('customizeNotice', { name: 'order_eaten', language: 'en' })).rejects.toThrow('order_eaten')
  })
})

describe('a preview', () => {
  type Preview = { content: Record<string, unknown> | null; text: string; issues: { path: string; message: string }[] }
  const preview = async (input: object, actor: Actor = shop.owner): Promise<Preview> =>
    (
      await execute<{ previewTemplate: Preview }>(
        app,
        actor,
        `query ($input: PreviewTemplateInput!) { previewTemplate(input: $input) { text issues { path message } content { __typename
          ... on TextContent { body } ... on ButtonsContent { header body buttons { id title } } ... on ListContent { body } ... on ImageContent { url caption } } } }`,
        { input },
      )
    ).previewTemplate
  const { name: _name, ...draft } = textTemplate()

  test('shows a draft with its examples, or with values', async () => {
    expect(await preview({ draft })).toEqual({
      text: 'Hello Ana, you owe $12.50.',
      issues: [],
      content: { __typename: 'TextContent', body: 'Hello Ana, you owe $12.50.' },
    })
    const values = [{ name: 'who', value: '*Eve* {{sum}}' }]
    expect((await preview({ draft, values, useExamples: false })).text).toBe(
      'Hello ∗Eve∗ {\u2060{sum}}, you owe $0.00.',
    )
  })

  test('shows a saved template to everyone with templates:read', async () => {
    const { id } = await run('createTemplate', textTemplate())
    expect((await preview({ templateId: id }, agent)).text).toBe('Hello Ana, you owe $12.50.')
  })

  test('reports all faults of the draft and of the values', async () => {
    expect(await preview({ draft: { ...draft, content: { body: '{{nobody}}' } } })).toMatchObject({
      content: null,
      issues: [
        { path: 'input.draft.content.body' },
        { path: 'input.draft.variables.0.name' },
        { path: 'input.draft.variables.1.name' },
      ],
    })
    const values = [
      { name: 'sum', value: 'much' },
      { name: 'zip', value: '1' },
    ]
    expect((await preview({ draft, values, useExamples: false })).issues.map(({ path }) => path)).toEqual([
      'input.values.zip',
      'input.values.who',
      'input.values.sum',
    ])
  })

  test('of a notice uses the variables of the notice', async () => {
    const notice = {
      name: 'payment_due',
      language: 'es',
      type: 'TEXT',
      content: { body: 'Son {{amount}}: {{payment_link}}' },
    }
    expect((await preview({ draft: notice })).text).toMatch(
      /^Son USD\s?34[.,]50: https:\/\/pay\.example\.com\/1042$|^Son 34,50\s(\$|US\$|USD): https/,
    )
  })

  test('without a template is refused, and of an unknown template is null', async () => {
    await expect(preview({})).rejects.toThrow('set a templateId or a draft')
    expect(await preview({ templateId: randomUUID() })).toBeNull()
    const content = { body: 'b', mediaId: randomUUID() }
    expect(await preview({ draft: { language: 'en', type: 'MEDIA', content } })).toBeNull()
  })
})
