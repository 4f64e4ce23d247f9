import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { emulatorOf, type Phone } from '../../../test/harness/phone.ts'
import { startTestStoreline, type TestStoreline } from '../../../test/harness/storeline.ts'
import { tenantDb, type TenantDb } from '../../../test/harness/tenant-db.ts'
import { issuePaths, runTemplate, textTemplate } from '../../../test/harness/templates.ts'
import { deliver } from '../../../test/harness/whatsapp.ts'
import { WhatsAppError, WhatsAppUnreachableError } from '../../whatsapp/errors.ts'
import { submitToWhatsApp } from './submission.ts'
import { syncTemplatesJob } from './jobs.ts'
import { requestAllSyncs, requestSync, syncTemplates, applyTemplateUpdates } from './sync.ts'

let storeline: TestStoreline
let db: TenantDb
let wabaId: string
let control: ReturnType<typeof emulatorOf>['control']

type There = {
  id: string
  name: string
  language: string
  status: string
  components: { type: string; text?: string }[]
}

beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api', 'worker', 'emulator'] })
  db = tenantDb(storeline.app.database, storeline.shop.merchantId)
  control = emulatorOf(storeline).control
  wabaId = (await db.whatsappNumber.findFirstOrThrow()).wabaId
  await control('/schedule', { sentMs: 0, deliveredMs: 0, readMs: null })
})
afterAll(() => storeline[Symbol.asyncDispose]())
beforeEach(() => control('/review', { decision: 'APPROVE', afterMs: null }))

const run = (field: string, input: object) => runTemplate(storeline.app, storeline.shop.owner, field, input)
const read = (id: string) => db.template.findUniqueOrThrow({ where: { id } })
const reaches = (id: string, approval: string) =>
  vi.waitFor(async () => expect((await read(id)).approval).toBe(approval), 10_000)
const handedOver = (id: string) =>
  vi.waitFor(async () => expect((await read(id)).submittedAt).toBeInstanceOf(Date), 10_000)
const there = async (name: string) =>
  (await control<{ templates: There[] }>('/templates')).templates.filter((one) => one.name === name)
const decide = async (id: string, decision: object) =>
  control(`/templates/${(await read(id)).metaId ?? ''}/status`, decision)
const told = async (id: string) =>
  (await storeline.app.log.about(storeline.shop.merchantId, id, 50))
    .filter(({ type }) => type === 'template_status_changed')
    .map(({ data }) => data as { from: string; to: string; reason: string | null })
    .map(({ from, to, reason }) => `${from} → ${to}${reason ? `: ${reason}` : ''}`)
const create = async (more: object = {}) =>
  run('createTemplate', textTemplate({ content: { body: 'Hello {{who}}, you owe {{sum}} to us.' }, ...more }))

/** Submitted, handed over and decided upon. */
async function approved(more: object = {}): Promise<string> {
  const { id } = await create(more)
  await run('submitTemplate', { id })
  await handedOver(id)
  await decide(id, { status: 'APPROVED' })
  await reaches(id, 'APPROVED')
  return id
}

describe('a submission', () => {
  test('reaches WhatsApp by a job, and its approval arrives by webhook', async () => {
    const { id, ...created } = await create({ language: 'pt-BR' })
    expect(await run('submitTemplate', { id })).toMatchObject({ approval: 'PENDING', approvedVersion: null })
    await handedOver(id)
    const { name } = await read(id)
    expect(await there(name)).toMatchObject([{ language: 'pt_BR', status: 'PENDING' }])
    await decide(id, { status: 'APPROVED' })
    await reaches(id, 'APPROVED')
    expect(await read(id)).toMatchObject({ approvedVersion: created.version, rejectionReason: null })
    expect(await told(id)).toEqual(['NOT_SUBMITTED → PENDING', 'PENDING → APPROVED'])
  })

  test('that WhatsApp approves at once is approved, in either order of response and webhook', async () => {
    await control('/review', { decision: 'APPROVE', afterMs: 0 })
    const { id } = await create()
    await run('submitTemplate', { id })
    await reaches(id, 'APPROVED')
    await storeline.drain()
    expect(await read(id)).toMatchObject({ approvedVersion: 1, metaId: expect.any(String) })
  })

  test('that is rejected has a reason, and may be changed and submitted again', async () => {
    const { id } = await create()
    await run('submitTemplate', { id })
    await handedOver(id)
    await decide(id, { status: 'REJECTED', reason: 'PROMOTIONAL' })
    await reaches(id, 'REJECTED')
    expect((await read(id)).rejectionReason).toContain('PROMOTIONAL')
    await run('updateTemplate', { id, expectedVersion: 1, content: { body: 'Dear {{who}}, {{sum}} is due.' } })
    expect(await run('submitTemplate', { id })).toMatchObject({ approval: 'PENDING', rejectionReason: null })
    await handedOver(id)
    const { name } = await read(id)
    expect((await there(name))[0]?.components).toContainEqual(
      expect.objectContaining({ text: 'Dear {{who}}, {{sum}} is due.' }),
    )
    await decide(id, { status: 'APPROVED' })
    await reaches(id, 'APPROVED')
    expect(await read(id)).toMatchObject({ approvedVersion: 2 })
  })

  test('that WhatsApp would refuse is refused before the request, with paths', async () => {
    const { id } = await create({
      content: { body: '{{who}} owes {{sum}}' },
      variables: [
        { name: 'who', type: 'TEXT' },
        { name: 'sum', type: 'MONEY' },
      ],
    })
    expect(issuePaths(await run('submitTemplate', { id }))).toEqual([
      'input.content.body',
      'input.content.body',
      'input.variables.0.example',
      'input.variables.1.example',
    ])
    expect(await read(id)).toMatchObject({ approval: 'NOT_SUBMITTED' })
  })

  test('is refused for a pending, an approved unchanged, or an archived template', async () => {
    const id = await approved()
    expect(issuePaths(await run('submitTemplate', { id }))).toEqual(['input.id'])
    await run('updateTemplate', { id, expectedVersion: 1, description: 'Only for us' })
    expect(await read(id)).toMatchObject({ version: 2, approvedVersion: 2 })
    expect(issuePaths(await run('submitTemplate', { id }))).toEqual(['input.id'])
    const other = await create()
    await run('submitTemplate', { id: other.id })
    expect(issuePaths(await run('submitTemplate', { id: other.id }))).toEqual(['input.id'])
    await run('archiveTemplate', { id })
    expect(issuePaths(await run('submitTemplate', { id }))).toEqual(['input.id'])
  })

  test('that WhatsApp refuses is rejected with its error, and the approved version is still sent', async () => {
    const id = await approved()
    await run('updateTemplate', { id, expectedVersion: 1, content: { body: 'Newer for {{who}}: {{sum}} please.' } })
    const spy = vi
      .spyOn(storeline.app.whatsapp, 'editTemplate')
      .mockRejectedValue(
        new WhatsAppError({ code: 100, subcode: 2388039, httpStatus: 400, message: 'Invalid parameter' }),
      )
    await run('submitTemplate', { id })
    await vi.waitFor(async () => expect((await read(id)).rejectionReason).toContain('accepts no changes'), 10_000)
    spy.mockRestore()
    expect(await read(id)).toMatchObject({ approval: 'APPROVED', approvedVersion: 1, submittedVersion: 1 })
  })

  test('whose response is lost is recognised and not created twice', async () => {
    const { id } = await create()
    const real = storeline.app.whatsapp.createTemplate
    const spy = vi.spyOn(storeline.app.whatsapp, 'createTemplate').mockImplementationOnce(async (...args) => {
      await real(...args)
      throw new WhatsAppUnreachableError('the line went dead')
    })
    await run('submitTemplate', { id })
    await handedOver(id)
    expect(spy).toHaveBeenCalledTimes(1)
    spy.mockRestore()
    const { name, metaId } = await read(id)
    expect(await there(name)).toMatchObject([{ id: metaId }])
  })

  test('of a change is approved when the approval arrives before the response is stored', async () => {
    const id = await approved()
    await run('updateTemplate', { id, expectedVersion: 1, content: { body: 'Now {{who}} owes {{sum}} to us.' } })
    const real = storeline.app.whatsapp.editTemplate
    const spy = vi.spyOn(storeline.app.whatsapp, 'editTemplate').mockImplementation(async (...args) => {
      await real(...args)
      await decide(id, { status: 'APPROVED' })
      await new Promise((done) => setTimeout(done, 300))
    })
    await run('submitTemplate', { id })
    await reaches(id, 'APPROVED')
    spy.mockRestore()
    expect(await read(id)).toMatchObject({ approvedVersion: 2 })
  })

  test('run by two jobs at the same time is created once', async () => {
    const { id } = await create()
    await storeline.app.queues.queue('maintenance').pause()
    await run('submitTemplate', { id })
    const waiting = { merchantId: storeline.shop.merchantId, templateId: id }
    await Promise.all([1, 2, 3].map(() => submitToWhatsApp(storeline.app, waiting)))
    await storeline.app.queues.queue('maintenance').resume()
    const { name, metaId, approval } = await read(id)
    expect(approval).toBe('PENDING')
    expect(await there(name)).toMatchObject([{ id: metaId }])
  })

  test('of one shop ignores updates of another shop’s template with the same name in the same account', async () => {
    const { id } = await create({ name: 'shared_name' })
    await storeline.app.queues.queue('maintenance').pause()
    await run('submitTemplate', { id })
    await applyTemplateUpdates(storeline.app, [
      { wabaId, metaId: '4711', name: 'shared_name', language: 'en', status: 'APPROVED' },
    ])
    expect(await read(id)).toMatchObject({ approval: 'PENDING', metaId: null, approvedVersion: null })
    await storeline.app.queues.queue('maintenance').resume()
    await handedOver(id)
    expect((await read(id)).metaId).not.toBe('4711')
  })

  test('run twice is sent once', async () => {
    const { id } = await create()
    await run('submitTemplate', { id })
    await handedOver(id)
    const spy = vi.spyOn(storeline.app.whatsapp, 'createTemplate')
    await submitToWhatsApp(storeline.app, { merchantId: storeline.shop.merchantId, templateId: id })
    await submitToWhatsApp(storeline.app, { merchantId: storeline.shop.merchantId, templateId: id })
    expect(spy).not.toHaveBeenCalled()
    spy.mockRestore()
  })

  test('under a name that exists in the account with other content is rejected, and that template stays unchanged', async () => {
    const components = [{ type: 'BODY', text: 'Made by hand elsewhere.' }]
    await storeline.app.whatsapp.createTemplate(wabaId, {
      name: 'made_by_hand',
      language: 'en',
      category: 'UTILITY',
      components,
    })
    const { id } = await create({ name: 'made_by_hand' })
    await run('submitTemplate', { id })
    await reaches(id, 'REJECTED')
    expect((await read(id)).rejectionReason).toContain('already has a template of this name')
    expect((await there('made_by_hand'))[0]?.components).toMatchObject(components)
  })
})

describe('a template webhook', () => {
  const webhook = (field: string, value: object, waba = wabaId) =>
    deliver(
      storeline,
      JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: waba, changes: [{ field, value }] }] }),
    )

  test('pauses, resumes and disables a template', async () => {
    const id = await approved()
    await decide(id, { status: 'PAUSED' })
    await reaches(id, 'PAUSED')
    await decide(id, { status: 'APPROVED' })
    await reaches(id, 'APPROVED')
    await decide(id, { status: 'DISABLED' })
    await reaches(id, 'DISABLED')
    expect((await told(id)).map((one) => one.split(':')[0])).toEqual([
      'NOT_SUBMITTED → PENDING',
      'PENDING → APPROVED',
      'APPROVED → PAUSED',
      'PAUSED → APPROVED',
      'APPROVED → DISABLED',
    ])
  })

  test('changes the category, and ignores quality, unknown statuses and unknown templates', async () => {
    const id = await approved()
    const { metaId, name } = await read(id)
    const about = { message_template_id: Number(metaId), message_template_name: name, message_template_language: 'en' }
    await control(`/templates/${metaId ?? ''}/category`, { category: 'MARKETING' })
    await vi.waitFor(async () => expect((await read(id)).category).toBe('MARKETING'), 5_000)
    const before = await read(id)
    for (const [field, value] of [
      ['message_template_quality_update', { ...about, previous_quality_score: 'GREEN', new_quality_score: 'RED' }],
      ['message_template_status_update', { ...about, event: 'SOMETHING_NEW', reason: null }],
      ['message_template_status_update', { ...about, message_template_id: 'not digits', event: 7 }],
      ['message_template_status_update', { event: 'APPROVED' }],
      [
        'message_template_status_update',
        { ...about, message_template_id: 1, message_template_name: 'nobody_has_it', event: 'PAUSED' },
      ],
    ] as const)
      expect((await webhook(field, value)).status).toBe(200)
    expect((await webhook('message_template_status_update', { ...about, event: 'PAUSED' }, '999')).status).toBe(200)
    await storeline.drain()
    expect(await read(id)).toEqual(before)
  })

  test('delivered twice emits one event, and does not move the template up the list', async () => {
    const id = await approved()
    const { metaId, name, updatedAt } = await read(id)
    const value = {
      message_template_id: Number(metaId),
      message_template_name: name,
      message_template_language: 'en',
      event: 'PAUSED',
      reason: 'NONE',
    }
    for (const _ of [1, 2, 3]) await webhook('message_template_status_update', value)
    expect((await told(id)).filter((one) => one.includes('PAUSED'))).toHaveLength(1)
    expect((await read(id)).updatedAt).toEqual(updatedAt)
  })

  test('of a deletion resets the template to never submitted', async () => {
    const id = await approved()
    const { metaId, name } = await read(id)
    await webhook('message_template_status_update', {
      message_template_id: metaId,
      message_template_name: name,
      message_template_language: 'en',
      event: 'DELETED',
      reason: null,
    })
    expect(await read(id)).toMatchObject({
      approval: 'NOT_SUBMITTED',
      metaId: null,
      approvedVersion: null,
      submittedVersion: null,
    })
  })
})

describe('a sync', () => {
  const sync = () => syncTemplates(storeline.app, storeline.shop.merchantId)

  test('makes up for lost webhooks and a lost submission', async () => {
    const id = await approved()
    const { id: lost } = await create()
    await db.template.update({ where: { id }, data: { approval: 'PENDING' } })
    await db.template.update({ where: { id: lost }, data: { approval: 'PENDING', submittedVersion: 1 } })
    await sync()
    await reaches(id, 'APPROVED')
    await handedOver(lost)
    await sync()
    await sync()
    expect(await read(lost)).toMatchObject({ approval: 'PENDING', metaId: expect.any(String) })
  })

  test('notices a template that is deleted at WhatsApp, once that is certain', async () => {
    const id = await approved()
    const nothing = vi.spyOn(storeline.app.whatsapp, 'listTemplates').mockResolvedValue({ templates: [] })
    await sync()
    expect(await read(id)).toMatchObject({ approval: 'APPROVED' })
    await db.template.update({ where: { id }, data: { submittedAt: new Date(Date.now() - 3_600_000) } })
    await sync()
    nothing.mockRestore()
    expect(await read(id)).toMatchObject({ approval: 'NOT_SUBMITTED', metaId: null, approvedVersion: null })
    expect((await told(id)).at(-1)).toBe('APPROVED → NOT_SUBMITTED: deleted in WhatsApp')
  })

  test('does not overwrite an update that arrived during the request', async () => {
    const id = await approved()
    const { app, shop } = storeline
    const slow = async (...asked: Parameters<typeof app.whatsapp.listTemplates>) => {
      const answer = await app.whatsapp.listTemplates(...asked)
      await decide(id, { status: 'DISABLED' })
      await reaches(id, 'DISABLED')
      return answer
    }
    await syncTemplates({ ...app, whatsapp: { ...app.whatsapp, listTemplates: slow } }, shop.merchantId)
    expect((await read(id)).approval).toBe('DISABLED')
  })

  test('leaves a change alone that is still being submitted', async () => {
    const id = await approved()
    await db.template.update({ where: { id }, data: { approval: 'PENDING', submittedAt: null } })
    const spy = vi.spyOn(storeline.app.queues, 'enqueue').mockResolvedValue()
    await sync()
    spy.mockRestore()
    expect(await read(id)).toMatchObject({ approval: 'PENDING' })
  })

  test('on a schedule is another job than one on request in the same second', async () => {
    await approved()
    const { app, shop } = storeline
    const now = vi.spyOn(Date, 'now').mockReturnValue(Math.ceil(Date.now() / 60_000) * 60_000)
    const enqueue = vi.spyOn(app.queues, 'enqueue').mockResolvedValue()
    await requestSync(app, shop.owner)
    await requestAllSyncs(app)
    const requests = enqueue.mock.calls.flat()
    for (const spy of [now, enqueue]) spy.mockRestore()
    const ids = requests.filter(({ name }) => name === syncTemplatesJob.name).map(({ id }) => id)
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(2)
  })

  test('runs on request, and on a schedule for every shop with submitted templates', async () => {
    const id = await approved()
    await db.template.update({ where: { id }, data: { approval: 'PAUSED' } })
    const document = 'mutation { syncTemplates { requestedAt } }'
    expect(await storeline.graphql(storeline.shop.key).run(document)).toEqual({
      syncTemplates: { requestedAt: expect.any(String) },
    })
    await reaches(id, 'APPROVED')
    await db.template.update({ where: { id }, data: { approval: 'PAUSED' } })
    await requestAllSyncs(storeline.app)
    await reaches(id, 'APPROVED')
  })
})

describe('an approved template', () => {
  let phone: Phone
  let conversationId: string
  let phones = 15_550_700_000
  beforeEach(async () => {
    const number = String(++phones)
    phone = await emulatorOf(storeline).phone({ phone: `+${number}` })
    await phone.write('hello')
    conversationId = await vi.waitFor(
      async () =>
        (await db.conversation.findFirstOrThrow({ where: { customer: { identities: { some: { value: number } } } } }))
          .id,
      5_000,
    )
    await db.conversation.update({ where: { id: conversationId }, data: { windowExpiresAt: new Date(Date.now() - 1) } })
  })
  const heard = async () => (await phone.chat()).filter(({ from }) => from === 'shop')
  const send = (templateId: string) =>
    run('sendTemplate', {
      conversationId,
      templateId,
      values: [
        { name: 'who', value: 'Ana\nRuiz' },
        { name: 'sum', value: '1250' },
      ],
    })
  const message = (id: string) => db.message.findUniqueOrThrow({ where: { id } })

  test('reaches the customer outside the service window', async () => {
    const sent = await send(await approved())
    await vi.waitFor(async () => expect((await message(sent.id)).status).toBe('DELIVERED'), 10_000)
    expect(JSON.stringify((await heard())[0]?.body)).toContain('Hello Ana Ruiz, you owe $12.50 to us.')
  })

  test.each([
    ['paused', { approval: 'PAUSED' }, 132015],
    ['disabled', { approval: 'DISABLED' }, 132016],
    ['no longer approved', { approval: 'NOT_SUBMITTED' }, 132001],
    ['of marketing that was declined', { category: 'MARKETING' }, 131050],
  ] as const)(
    'that is %s when the message is sent fails with its code, without a request',
    async (_what, change, code) => {
      const id = await approved()
      const spy = vi.spyOn(storeline.app.whatsapp, 'sendMessage')
      await storeline.app.queues.queue('message_sending').pause()
      const sent = await send(id)
      await db.template.update({ where: { id }, data: change })
      if (code === 131050)
        await db.customer.updateMany({
          where: { conversations: { some: { id: conversationId } } },
          data: { optedOutAt: new Date() },
        })
      await storeline.app.queues.queue('message_sending').resume()
      await vi.waitFor(
        async () => expect(await message(sent.id)).toMatchObject({ status: 'FAILED', errorCode: code }),
        10_000,
      )
      expect(spy).not.toHaveBeenCalled()
      spy.mockRestore()
    },
  )

  test('whose approved text has changed when the message is sent fails with the code for parameters', async () => {
    const id = await approved()
    await storeline.app.queues.queue('message_sending').pause()
    const sent = await send(id)
    await db.templateVersion.updateMany({
      where: { templateId: id },
      data: { content: { body: 'Hello {{who}} again.' } },
    })
    await storeline.app.queues.queue('message_sending').resume()
    await vi.waitFor(
      async () => expect(await message(sent.id)).toMatchObject({ status: 'FAILED', errorCode: 132000 }),
      10_000,
    )
    expect(await heard()).toEqual([])
  })
})
