import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCustomer, openTestApp, type TestApp } from '../../../test/harness/app.ts'
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

async function chat({ open = true, name = 'Ana', optedOut = false, language = null as string | null } = {}) {
  const { customerId, conversationId } = await createCustomer(app, shop.merchantId, { name, language })
  await db.conversation.update({
    where: { id: conversationId },
    data: { windowExpiresAt: new Date(Date.now() + (open ? 1 : -1) * 3_600_000) },
  })
  if (optedOut) await db.customer.update({ where: { id: customerId }, data: { optedOutAt: new Date() } })
  return conversationId
}
const values = [{ name: 'who', value: 'Ana' }]

test('a template sent inside the service window is queued as a free-form message with its author, and the mode stays BOT', async () => {
  const { id } = await run('createTemplate', textTemplate())
  const conversationId = await chat()
  const sent = await run('sendTemplate', { conversationId, templateId: id, values }, agent)
  expect(sent).toMatchObject({ __typename: 'Message', text: 'Hello Ana, you owe $0.00.', status: 'QUEUED' })
  expect(await db.message.findUniqueOrThrow({ where: { id: sent.id } })).toMatchObject({
    templateId: id,
    staffId: agent.staffId,
    author: 'STAFF',
    content: { kind: 'text', body: 'Hello Ana, you owe $0.00.' },
  })
  expect(await db.conversation.findUniqueOrThrow({ where: { id: conversationId } })).toMatchObject({ mode: 'BOT' })
})

test('a template contains the names of shop and customer, in the format of the customer’s country', async () => {
  const { id } = await run(
    'createTemplate',
    textTemplate({
      language: 'de',
      content: { body: '{{customer_name}}: {{sum}} {{shop_name}}' },
      variables: [
        { name: 'customer_name', type: 'TEXT' },
        { name: 'shop_name', type: 'TEXT' },
        { name: 'sum', type: 'NUMBER' },
      ],
    }),
  )
  const sent = await run('sendTemplate', {
    conversationId: await chat({ name: '_Eva_', language: 'de-CH' }),
    templateId: id,
    values: [{ name: 'sum', value: '1234.5' }],
  })
  expect(sent.text).toMatch(/^ˍEvaˍ: 1[’']234.5 Shop/)
})

test('sending with an idempotency key sends once, also for concurrent requests', async () => {
  const { id } = await run('createTemplate', textTemplate())
  const input = { conversationId: await chat(), templateId: id, values, idempotencyKey: randomUUID() }
  const sent = await Promise.all([1, 2, 3].map(() => run('sendTemplate', input)))
  expect(new Set(sent.map((one) => one.id)).size).toBe(1)
  expect(await db.message.count({ where: { templateId: id } })).toBe(1)
})

test('sending with invalid values is refused with WhatsApp’s code and every invalid value', async () => {
  const { id } = await run('createTemplate', textTemplate())
  const conversationId = await chat()
  const send = (given: object[]) => run('sendTemplate', { conversationId, templateId: id, values: given })
  expect(
    await send([
      { name: 'sum', value: 'x' },
      { name: 'zip', value: '1' },
    ]),
  ).toEqual({
    __typename: 'PreflightError',
    code: 132000,
    message:
      'zip is not a variable of this template; it has who, sum; who is missing; sum must be an amount in minor units, such as 1250 for 12.50.',
    issues: [
      { path: 'input.values.zip', message: 'is not a variable of this template; it has who, sum' },
      { path: 'input.values.who', message: 'is missing' },
      { path: 'input.values.sum', message: 'must be an amount in minor units, such as 1250 for 12.50' },
    ],
  })
  expect(await send([...values, { name: 'sum', value: 'x' }])).toMatchObject({ code: 132012 })
  expect(await send([{ name: 'who', value: 'x'.repeat(1020) }])).toMatchObject({ code: 132005 })
  expect(issuePaths(await send([...values, ...values]))).toEqual(['input.values.1.name'])
  expect(await db.message.count({ where: { templateId: id } })).toBe(0)
})

test('sending outside the window is refused until WhatsApp has approved the template, with a code for each status', async () => {
  const { id } = await run('createTemplate', textTemplate())
  const conversationId = await chat({ open: false })
  const send = () => run('sendTemplate', { conversationId, templateId: id, values })
  for (const [approval, code] of [
    ['NOT_SUBMITTED', 132001],
    ['PENDING', 132001],
    ['REJECTED', 132001],
    ['PAUSED', 132015],
    ['DISABLED', 132016],
  ] as const) {
    await db.template.update({ where: { id }, data: { approval } })
    expect(await send(), approval).toMatchObject({ __typename: 'PreflightError', code, issues: [] })
  }
  await db.template.update({
    where: { id },
    data: { approval: 'APPROVED', approvedVersion: 1, submittedVersion: 1, metaId: '1' },
  })
  await run('updateTemplate', { id, expectedVersion: 1, content: { body: 'Newer {{who}} {{sum}}' } })
  const sent = await send()
  expect(sent).toMatchObject({ __typename: 'Message', text: 'Hello Ana, you owe $0.00.' })
  expect((await db.message.findUniqueOrThrow({ where: { id: sent.id } })).content).toMatchObject({
    kind: 'template',
    bodyParameters: [
      { name: 'who', text: 'Ana' },
      { name: 'sum', text: '$0.00' },
    ],
  })
  const list = await run(
    'createTemplate',
    textTemplate({
      type: 'LIST',
      variables: [],
      content: { body: 'b', listButton: 'o', sections: [{ title: '', rows: [{ id: 'r', title: 'R' }] }] },
    }),
  )
  expect(await run('sendTemplate', { conversationId, templateId: list.id })).toMatchObject({ code: 131047 })
})

test('marketing is refused for a customer who opted out', async () => {
  const { id } = await run('createTemplate', textTemplate({ category: 'MARKETING' }))
  const utility = await run('createTemplate', textTemplate())
  const conversationId = await chat({ optedOut: true })
  expect(await run('sendTemplate', { conversationId, templateId: id, values })).toMatchObject({ code: 131050 })
  expect(await run('sendTemplate', { conversationId, templateId: utility.id, values })).toMatchObject({
    __typename: 'Message',
  })
})

test('an archived or unknown template, or one of another shop, is refused', async () => {
  const { id } = await run('createTemplate', textTemplate())
  const other = await createTestShop(app)
  const foreign = await run('createTemplate', textTemplate(), other.owner)
  const conversationId = await chat()
  await run('archiveTemplate', { id })
  expect(issuePaths(await run('sendTemplate', { conversationId, templateId: id, values }))).toEqual([
    'input.templateId',
  ])
  for (const templateId of [foreign.id, randomUUID(), 'nonsense'])
    expect(await run('sendTemplate', { conversationId, templateId })).toMatchObject({
      __typename: 'NotFoundError',
      message: 'No template with this id exists in your shop.',
    })
  expect(await run('sendTemplate', { conversationId: randomUUID(), templateId: id })).toMatchObject({
    __typename: 'NotFoundError',
  })
})
