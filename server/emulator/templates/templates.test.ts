import { mkdtemp, rm } from 'node:fs/promises'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { OutboundContent } from '../../whatsapp/content.ts'
import { describeTemplateRefusal, WhatsAppError } from '../../whatsapp/errors.ts'
import type { TemplateDefinition } from '../../whatsapp/template-client.ts'
import type { Harness } from '../../../test/harness/emulator.ts'
import { shopNumber, startHarness } from '../../../test/harness/emulator.ts'

const { phoneNumberId, wabaId } = shopNumber
const day = 24 * 3_600_000

const definition: TemplateDefinition = {
  name: 'order_ready',
  language: 'en_US',
  category: 'UTILITY',
  components: [
    {
      type: 'HEADER',
      format: 'TEXT',
      text: 'Order {{order_number}}',
      example: { header_text_named_params: [{ param_name: 'order_number', example: '#12' }] },
    },
    {
      type: 'BODY',
      text: 'Hi {{first_name}}, your order is ready. Come by until {{time}} today.',
      example: {
        body_text_named_params: [
          { param_name: 'first_name', example: 'Ana' },
          { param_name: 'time', example: '17:00' },
        ],
      },
    },
    { type: 'FOOTER', text: 'Corner Café' },
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'QUICK_REPLY', text: 'My order' },
        { type: 'URL', text: 'Pay', url: 'https://shop.example/pay/{{1}}', example: ['https://shop.example/pay/1'] },
      ],
    },
  ],
}
const content: OutboundContent = {
  kind: 'template',
  name: 'order_ready',
  language: 'en-US',
  body: 'Hi Ana, your order is ready. Come by until 17:00 today.',
  headerParameters: [{ name: 'order_number', text: '#12' }],
  bodyParameters: [
    { name: 'time', text: '17:00' },
    { name: 'first_name', text: 'Ana' },
  ],
  buttonParameters: [
    { index: 0, kind: 'quick_reply', text: 'order:12' },
    { index: 1, kind: 'url', text: 'abc' },
  ],
}
const phone = '+15550100101'
const marketing = { ...definition, name: 'spring_sale', category: 'MARKETING' } as const

let harness: Harness
beforeEach(async () => {
  harness = await startHarness()
})
afterEach(async () => harness[Symbol.asyncDispose]())

const customer = () => harness.emulator.control.customers()[0]!
const control = () => harness.emulator.control
const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )
const send = (over: Partial<Extract<OutboundContent, { kind: 'template' }>> = {}) =>
  harness.client.sendMessage(phoneNumberId, {
    to: { phone },
    content: { ...content, ...over } as OutboundContent,
    opaqueId: 'm-1',
  })

/** The changes of all webhooks of one field, in the order of delivery. */
const changes = (field: string) =>
  harness.shop.received
    .flatMap(({ raw }) => (JSON.parse(raw.toString()) as Envelope).entry)
    .flatMap((entry) => entry.changes.map((change) => ({ ...change, wabaId: entry.id })))
    .filter((change) => change.field === field)
type Envelope = { entry: { id: string; changes: { field: string; value: Record<string, unknown> }[] }[] }

async function approved(template: TemplateDefinition = definition): Promise<string> {
  const { metaId } = await harness.client.createTemplate(wabaId, template)
  await control().settled()
  return metaId
}

describe('a message template', () => {
  it('is submitted and reviewed, and each step posts a signed webhook', async () => {
    const { metaId, status } = await harness.client.createTemplate(wabaId, definition)
    expect(status).toBe('PENDING')
    await control().settled()
    expect(changes('message_template_status_update')).toEqual([
      {
        wabaId,
        field: 'message_template_status_update',
        value: {
          event: 'APPROVED',
          message_template_id: Number(metaId),
          message_template_name: 'order_ready',
          message_template_language: 'en_US',
          message_template_category: 'UTILITY',
          reason: 'NONE',
        },
      },
    ])
    expect(await harness.client.getTemplate(metaId)).toEqual({
      metaId,
      name: 'order_ready',
      language: 'en_US',
      status: 'APPROVED',
      category: 'UTILITY',
      components: definition.components,
    })
  })

  it('awaits a person when configured, who can reject it with a reason', async () => {
    control().setReview({ afterMs: null })
    const { metaId } = await harness.client.createTemplate(wabaId, definition)
    await control().settled()
    expect(await harness.client.getTemplate(metaId)).toMatchObject({ status: 'PENDING' })
    control().changeTemplate(metaId, { status: 'REJECTED', reason: 'PROMOTIONAL' })
    await control().settled()
    expect(await harness.client.getTemplate(metaId)).toMatchObject({ status: 'REJECTED', reason: 'PROMOTIONAL' })
    expect(changes('message_template_status_update')[0]?.value).toMatchObject({
      event: 'REJECTED',
      reason: 'PROMOTIONAL',
      rejection_info: { reason: expect.any(String), recommendation: expect.any(String) },
    })
    // An edit of a rejected template starts another review.
    control().setReview({ afterMs: 0 })
    await harness.client.editTemplate(metaId, { ...definition, category: 'MARKETING' })
    await control().settled()
    const mended = await harness.client.getTemplate(metaId)
    expect(mended).toMatchObject({ status: 'APPROVED', category: 'MARKETING' })
    expect(mended).not.toHaveProperty('reason')
  })

  it('is listed in pages and found by name', async () => {
    for (let n = 0; n < 55; n += 1) await harness.client.createTemplate(wabaId, { ...definition, name: `order_${n}` })
    const first = await harness.client.listTemplates(wabaId)
    const second = await harness.client.listTemplates(wabaId, { after: first.next })
    expect([first.templates.length, second.templates.length, second.next]).toEqual([50, 5, undefined])
    const names = [...first.templates, ...second.templates].map((template) => template.name)
    expect(new Set(names).size).toBe(55)
    const found = await harness.client.listTemplates(wabaId, { name: 'order_54' })
    expect(found.templates.map((template) => template.name)).toEqual(['order_54'])
  })

  it('exists once in each language, and the name of a deleted approved one is blocked for 30 days', async () => {
    const metaId = await approved()
    const twice = await refusal(harness.client.createTemplate(wabaId, definition))
    expect(twice).toMatchObject({ code: 100, subcode: 2388024, httpStatus: 400 })
    expect(describeTemplateRefusal(twice as WhatsAppError)).toContain('already has a template of this name')
    await harness.client.createTemplate(wabaId, { ...definition, language: 'es' })
    await harness.client.deleteTemplate(wabaId, 'order_ready', metaId)
    expect(await refusal(harness.client.createTemplate(wabaId, definition))).toMatchObject({ subcode: 2388023 })
    control().setClockOffset(30 * day)
    expect(await refusal(harness.client.createTemplate(wabaId, definition))).toBeUndefined()
    await control().settled()
    const deleted = changes('message_template_status_update').find(({ value }) => value['event'] === 'DELETED')
    expect(deleted?.value).toMatchObject({ message_template_id: Number(metaId), reason: null })
  })

  it('can be edited once a day while approved, and never during a review', async () => {
    const metaId = await approved()
    await harness.client.editTemplate(metaId, definition)
    await control().settled()
    expect(await refusal(harness.client.editTemplate(metaId, definition))).toMatchObject({ subcode: 2388039 })
    control().setClockOffset(day)
    control().setReview({ afterMs: null })
    await harness.client.editTemplate(metaId, definition)
    expect(await refusal(harness.client.editTemplate(metaId, definition))).toMatchObject({ subcode: 2388039 })
  })

  it('keeps its category after approval', async () => {
    const metaId = await approved()
    const moved = harness.client.editTemplate(metaId, { ...definition, category: 'MARKETING' })
    expect(await refusal(moved)).toMatchObject({ subcode: 2388039 })
  })

  it('is paused twice and then disabled, and its quality changes post webhooks', async () => {
    const metaId = await approved()
    control().setTemplateQuality(metaId, 'RED')
    for (let n = 0; n < 3; n += 1) control().changeTemplate(metaId, { status: 'PAUSED' })
    await control().settled()
    const events = changes('message_template_status_update').map(({ value }) => [value['event'], value['other_info']])
    expect(events.slice(1)).toMatchObject([
      ['PAUSED', { title: 'FIRST_PAUSE' }],
      ['PAUSED', { title: 'SECOND_PAUSE' }],
      ['DISABLED', { title: 'DISABLED' }],
    ])
    expect(changes('message_template_quality_update')[0]?.value).toMatchObject({
      previous_quality_score: 'UNKNOWN',
      new_quality_score: 'RED',
    })
    const deleting = harness.client.deleteTemplate(wabaId, 'order_ready', metaId)
    expect(await refusal(deleting)).toMatchObject({ subcode: 2388039 })
  })

  it('is unknown to other accounts', async () => {
    expect(await refusal(harness.client.listTemplates('999'))).toMatchObject({ code: 100, subcode: 33 })
    expect(await refusal(harness.client.getTemplate('999'))).toMatchObject({ code: 100, subcode: 33 })
    expect(await refusal(harness.client.editTemplate('999', definition))).toMatchObject({ code: 100, subcode: 33 })
  })
})

const body = (text: string, names: string[] = []) => ({
  type: 'BODY',
  text,
  example: { body_text_named_params: names.map((name) => ({ param_name: name, example: 'x' })) },
})
const buttons = (...all: object[]) => ({ type: 'BUTTONS', buttons: all })
const quick = (text: string) => ({ type: 'QUICK_REPLY', text })
const link = (text: string, url = 'https://shop.example') => ({ type: 'URL', text, url })
const plain = body('Your order is ready.')

describe('a template is refused', () => {
  const mistakes: [string, Partial<TemplateDefinition>, number | undefined][] = [
    ['with a name in capitals', { name: 'Order' }, undefined],
    ['in an unknown language', { language: 'xx' }, undefined],
    ['without a body', { components: [{ type: 'FOOTER', text: 'Bye' }] }, 2388043],
    ['with two bodies', { components: [plain, plain] }, undefined],
    ['with a component of no known type', { components: [plain, { type: 'SONG' }] }, undefined],
    ['with a body that is too long', { components: [body('x'.repeat(1025))] }, 2388040],
    ['with a variable at the start', { components: [body('{{a}} is ready for you.', ['a'])] }, 2388299],
    ['with a variable at the end', { components: [body('Ready for you: {{a}}', ['a'])] }, 2388299],
    [
      'with variables side by side',
      { components: [body('For you {{a}} {{b}} it is ready now.', ['a', 'b'])] },
      2388072,
    ],
    ['with a variable used twice', { components: [body('So {{a}} or {{a}} it is ready.', ['a'])] }, 2388072],
    ['with a variable named in capitals', { components: [body('For {{Name}} it is ready.', ['Name'])] }, 2388072],
    ['with an open variable', { components: [body('For {{name it is ready.')] }, 2388072],
    ['without an example', { components: [body('For {{name}} it is ready.')] }, 2388043],
    ['with a long header', { components: [plain, { type: 'HEADER', format: 'TEXT', text: 'x'.repeat(61) }] }, 2388040],
    ['with an image but no sample', { components: [plain, { type: 'HEADER', format: 'IMAGE' }] }, 2388043],
    ['with a variable in the footer', { components: [plain, { type: 'FOOTER', text: 'By {{a}}.' }] }, 2388073],
    ['with mixed up buttons', { components: [plain, buttons(quick('A'), link('B'), quick('C'))] }, undefined],
    ['with three links', { components: [plain, buttons(link('A'), link('B'), link('C'))] }, undefined],
    ['with equal buttons', { components: [plain, buttons(quick('A'), quick('A'))] }, undefined],
    ['with a long button', { components: [plain, buttons(quick('x'.repeat(26)))] }, undefined],
    ['with a link to nowhere', { components: [plain, buttons(link('A', 'shop'))] }, undefined],
    ['without an example of a link', { components: [plain, buttons(link('A', 'https://a.b/{{1}}'))] }, 2388043],
  ]
  it.each(mistakes)('%s', async (_what, change, subcode) => {
    const error = await refusal(
      harness.client.createTemplate(wabaId, { ...definition, components: [plain], ...change }),
    )
    expect(error).toBeInstanceOf(WhatsAppError)
    expect(error).toMatchObject({ code: 100, subcode, httpStatus: 400 })
    expect(describeTemplateRefusal(error as WhatsAppError).length).toBeGreaterThan(20)
    expect(control().templates()).toEqual([])
  })

  it('when it has too many variables for its length', async () => {
    const components = [body('For {{a}} and {{b}} at {{c}} ok', ['a', 'b', 'c'])]
    expect(await refusal(harness.client.createTemplate(wabaId, { ...definition, components }))).toBeUndefined()
    const shorter = [body('For {{a}} and {{b}}, {{c}} ok', ['a', 'b', 'c'])]
    const error = await refusal(
      harness.client.createTemplate(wabaId, { ...definition, name: 'n', components: shorter }),
    )
    expect(error).toMatchObject({ subcode: 2388293 })
  })
})

describe('sending a template', () => {
  it('reaches a customer outside the service window, with its variables filled in', async () => {
    await approved()
    const { wamid } = await send()
    await control().settled()
    expect(control().chat(phoneNumberId, customer().id).at(-1)).toMatchObject({
      wamid,
      status: 'delivered',
      body: {
        kind: 'template',
        header: 'Order #12',
        text: 'Hi Ana, your order is ready. Come by until 17:00 today.',
        footer: 'Corner Café',
        buttons: [
          { type: 'reply', id: 'order:12', title: 'My order' },
          { type: 'url', title: 'Pay', url: 'https://shop.example/pay/abc' },
        ],
      },
    })
    const statuses = harness.shop.received.flatMap(({ updates }) => updates.statuses)
    expect(statuses[0]).toMatchObject({ status: 'SENT', pricing: { category: 'utility', type: 'regular' } })
  })

  it('allows the customer to tap its quick reply', async () => {
    await approved()
    const { wamid } = await send()
    await control().act(phoneNumberId, customer().id, { kind: 'tap', messageWamid: wamid, choiceId: 'order:12' })
    await control().settled()
    const [message] = harness.shop.received.flatMap(({ updates }) => updates.messages)
    expect(message).toMatchObject({
      contextWamid: wamid,
      content: { kind: 'choice', choiceId: 'order:12', title: 'My order' },
    })
  })

  it('writes values on one line, since WhatsApp refuses line breaks', async () => {
    await approved()
    const values = [
      { name: 'first_name', text: 'Ana\n\nMaria' },
      { name: 'time', text: '17:00\t      sharp' },
    ]
    await send({ bodyParameters: values })
    const shown = control().chat(phoneNumberId, customer().id).at(-1)?.body
    expect(shown).toMatchObject({ text: 'Hi Ana Maria, your order is ready. Come by until 17:00 sharp today.' })
  })

  it('shows an image above the text', async () => {
    const image = { type: 'HEADER', format: 'IMAGE', example: { header_handle: ['4::aW1hZ2U='] } }
    await approved({ ...definition, components: [image, plain] })
    const content = { headerImageUrl: 'https://shop.example/a.jpg' }
    await harness.client.sendMessage(phoneNumberId, {
      to: { phone },
      content: { kind: 'template', name: 'order_ready', language: 'en_US', body: 'x', ...content },
      opaqueId: 'm',
    })
    const shown = control().chat(phoneNumberId, customer().id).at(-1)?.body
    expect(shown).toMatchObject({ kind: 'template', image: { link: content.headerImageUrl } })
    const bare = { headerParameters: [], bodyParameters: [], buttonParameters: [] }
    expect(await refusal(send(bare))).toMatchObject({
      code: 132012,
      details: expect.stringContaining('expected IMAGE'),
    })
  })

  const param = (name: string, text = 'x') => ({ name, text })
  const wrong: [string, Parameters<typeof send>[0], number][] = [
    ['that does not exist', { name: 'nothing' }, 132001],
    ['that does not exist in the language', { language: 'es' }, 132001],
    ['with too few values', { bodyParameters: [param('time')] }, 132000],
    ['with a value that the template does not use', { bodyParameters: [param('time'), param('colour')] }, 132012],
    ['with one value twice', { bodyParameters: [param('time'), param('time')] }, 132012],
    ['without the value of its header', { headerParameters: [] }, 132000],
    [
      'with a text that grows too long',
      { bodyParameters: [param('time'), param('first_name', 'x'.repeat(1000))] },
      132005,
    ],
    ['without the end of its link', { buttonParameters: [] }, 131008],
    ['with a value for a button of another kind', { buttonParameters: [{ index: 0, kind: 'url', text: 'a' }] }, 132012],
  ]
  it.each(wrong)('is refused for one %s', async (_what, change, code) => {
    await approved()
    expect(await refusal(send(change))).toMatchObject({ code, details: expect.any(String) })
    expect(control().chat(phoneNumberId, customer().id)).toEqual([])
  })

  it('is refused while it is not approved, paused, or disabled', async () => {
    control().setReview({ afterMs: null })
    const { metaId } = await harness.client.createTemplate(wabaId, definition)
    expect(await refusal(send())).toMatchObject({ code: 132001, retry: 'never' })
    control().changeTemplate(metaId, { status: 'PAUSED' })
    expect(await refusal(send())).toMatchObject({ code: 132015, retry: 'later' })
    control().changeTemplate(metaId, { status: 'DISABLED' })
    expect(await refusal(send())).toMatchObject({ code: 132016, retry: 'never' })
  })

  it('fails for marketing once the customer stopped it, and for no other category', async () => {
    await approved()
    await approved(marketing)
    control().setMarketing(phoneNumberId, customer().id, true)
    await send({ name: 'spring_sale' })
    await send()
    await control().settled()
    const [sale, order] = control().chat(phoneNumberId, customer().id)
    expect([sale?.status, sale?.errorCode, order?.status]).toEqual(['failed', 131050, 'delivered'])
    expect(changes('user_preferences')[0]?.value).toMatchObject({
      user_preferences: [{ wa_id: '15550100101', category: 'marketing_messages', value: 'stop' }],
    })
    const preferences = harness.shop.received.flatMap(({ updates }) => updates.preferences)
    expect(preferences).toMatchObject([{ phoneNumberId, stopped: true, from: { phone, bsuid: customer().bsuid } }])
    control().setMarketing(phoneNumberId, customer().id, false)
    await send({ name: 'spring_sale' })
    await control().settled()
    expect(control().chat(phoneNumberId, customer().id).at(-1)?.status).toBe('delivered')
  })
})

describe('the template review', () => {
  const call = async (path: string, body?: unknown) => {
    const response = await fetch(`${harness.url}/_emulator/control${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  it('decides about templates over HTTP', async () => {
    expect((await call('/review', { afterMs: null })).body).toMatchObject({ decision: 'APPROVE', afterMs: null })
    const { metaId } = await harness.client.createTemplate(wabaId, definition)
    expect((await call('/templates')).body).toMatchObject({ templates: [{ id: metaId, status: 'PENDING' }] })
    const rejected = await call(`/templates/${metaId}/status`, { status: 'REJECTED', reason: 'SCAM' })
    expect(rejected.body).toMatchObject({ status: 'REJECTED', reason: 'SCAM' })
    expect((await call(`/templates/${metaId}/quality`, { quality: 'YELLOW' })).body).toMatchObject({
      quality: 'YELLOW',
    })
    expect((await call(`/templates/${metaId}/category`, { category: 'MARKETING' })).status).toBe(200)
    for (const wrong of [{ status: 'GONE' }, { status: 'REJECTED', reason: 'because' }, {}]) {
      expect((await call(`/templates/${metaId}/status`, wrong)).status).toBe(400)
    }
    expect(await call('/templates/1/status', { status: 'APPROVED' })).toMatchObject({ status: 400 })
  })

  it('continues after a restart', async () => {
    const folder = await mkdtemp('/tmp/emulator-templates-')
    const dataFile = `${folder}/state.json`
    {
      await using before = await startHarness({ dataFile, review: { afterMs: null } })
      await before.client.createTemplate(wabaId, definition)
    }
    {
      await using after = await startHarness({ dataFile })
      await after.emulator.control.settled()
      expect(after.emulator.control.templates()).toMatchObject([{ name: 'order_ready', status: 'APPROVED' }])
    }
    await rm(folder, { recursive: true })
  })
})
