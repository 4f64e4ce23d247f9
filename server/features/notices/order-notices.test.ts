import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { botActor, createCustomer, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createTestProduct, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb, type TenantDb } from '../../../test/harness/tenant-db.ts'
import { runTemplate } from '../../../test/harness/templates.ts'
import type { AppContext } from '../../context.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import { setCartLine } from '../carts/service.ts'
import type { OrderAction } from '../orders/domain.ts'
import { placeOrder } from '../orders/service/place-order.ts'
import { transitionOrder } from '../orders/service/transition-order.ts'
import type { NoticeName } from '../templates/domain/notices.ts'
import { sendOrderNotice, type NoticeValues } from './order-notices.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let db: TenantDb
let variantId: string

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  shop = await createTestShop(app, { locale: 'es-MX', currency: 'MXN', timeZone: 'America/Mexico_City' })
  db = tenantDb(app.database, shop.merchantId)
  variantId = (await createTestProduct(app, shop.owner)).variantId
})

const run = (field: string, input: object) => runTemplate(app, shop.owner, field, input)

/** Places an order of 13.00 pesos for a new customer, whose service window closes in one hour or closed an hour ago. */
async function order({ language = 'en' as string | null, name = 'Ana', open = true, byBot = true } = {}) {
  const { customerId, conversationId } = await createCustomer(app, shop.merchantId, { language, name })
  const windowExpiresAt = new Date(Date.now() + (open ? 1 : -1) * 3_600_000)
  await db.conversation.update({ where: { id: conversationId }, data: { windowExpiresAt } })
  await setCartLine(app, shop.owner, { customerId, variantId, quantity: 1 })
  const actor = byBot ? botActor(shop.merchantId, customerId) : shop.owner
  const input = {
    customerId,
    fulfilment: 'DELIVERY',
    address: '12 Test Lane',
    paymentMethod: 'CASH_ON_DELIVERY',
  } as const
  const { id } = await placeOrder(app, actor, input)
  return { id, customerId, conversationId }
}
const transition = (orderId: string, action: OrderAction, reason?: string) =>
  transitionOrder(app, shop.owner, { orderId, action, ...(reason ? { reason } : {}) })
const noticesOf = (orderId: string) =>
  db.message.findMany({
    where: { orderId, author: 'SYSTEM' },
    orderBy: { createdAt: 'asc' },
    select: { content: true, text: true, templateId: true },
  })
const sendNotice = (placed: { id: string; customerId: string }, notice: NoticeName, values: NoticeValues) =>
  withTenant(app, shop.owner, (unit) =>
    sendOrderNotice(unit, { notice, orderId: placed.id, customerId: placed.customerId, values }),
  )
const createText = async (name: string, body: string, more: object = {}) =>
  (await run('createTemplate', { name, language: 'en', type: 'TEXT', content: { body }, ...more })).id

describe('a notice', () => {
  test('has the built-in text before the shop adds its own text, and after the shop archives it', async () => {
    const texts = async () => {
      const { id } = await order()
      await transition(id, 'ACCEPT')
      return (await noticesOf(id)).map(({ text, templateId }) => [text, templateId])
    }
    expect(await texts()).toEqual([[expect.stringContaining('has accepted your order #1001'), null]])
    const id = await createText('order_accepted', 'Yay {{customer_name}}, {{total}} it is!')
    expect(await texts()).toEqual([['Yay Ana, MX$13.00 it is!', id]])
    await run('updateTemplate', { id, expectedVersion: 1, content: { body: 'Yay #{{order_number}}!' }, variables: [] })
    expect(await texts()).toEqual([['Yay #1003!', id]])
    await run('archiveTemplate', { id })
    expect(await texts()).toEqual([[expect.stringContaining('has accepted your order #1004'), null]])
  })

  test('is in the customer’s language, built-in or added by the shop, else in the shop’s language', async () => {
    await createText('order_accepted', 'Angenommen: {{total}}', { language: 'de' })
    for (const [language, text] of [
      ['fr', /a accepté votre commande/],
      ['pt-BR', /aceitou seu pedido/],
      ['de-AT', /^Angenommen: MX\$ ?13,00|^Angenommen: 13,00/],
      ['sw', /aceptó tu pedido/],
      [null, /aceptó tu pedido/],
    ] as const) {
      const { id } = await order({ language })
      await transition(id, 'ACCEPT')
      expect((await noticesOf(id))[0]?.text).toMatch(text)
    }
  })

  test('contains the reason of a rejection when staff give one', async () => {
    const [one, other] = [await order(), await order()]
    await transition(one.id, 'REJECT', '*No* {{milk}}')
    await transition(other.id, 'REJECT')
    expect((await noticesOf(one.id))[0]?.content).toMatchObject({
      body: expect.stringContaining('\nReason: ∗No∗ {\u2060{milk}}\nYou owe nothing.'),
    })
    expect((await noticesOf(other.id))[0]?.text).not.toContain('Reason')
  })

  test('of a placed order is sent when staff placed it; the bot confirms its own orders', async () => {
    const [byStaff, byBot] = [await order({ byBot: false }), await order()]
    expect((await noticesOf(byStaff.id)).map(({ text }) => text)).toEqual([
      expect.stringContaining('taken down your order #1001 of MX$13.00'),
    ])
    expect(await noticesOf(byBot.id)).toEqual([])
  })

  test('may have buttons or an image', async () => {
    await createText('order_ready', '', {
      type: 'BUTTONS',
      content: { body: 'Ready: {{order_number}}', buttons: [{ id: 'order:where', title: 'Where?' }] },
    })
    const { id } = await order()
    await transition(id, 'ACCEPT')
    await transition(id, 'MARK_READY')
    expect((await noticesOf(id))[1]?.content).toEqual({
      kind: 'buttons',
      body: 'Ready: 1001',
      buttons: [{ id: 'order:where', title: 'Where?' }],
    })
  })

  test('that is too long with its values is replaced by the built-in text, and the order advances', async () => {
    await createText('order_rejected', `${'x'.repeat(900)} {{reason}}`)
    const { id } = await order()
    expect(await transition(id, 'REJECT', 'y'.repeat(300))).toMatchObject({ status: 'REJECTED' })
    expect((await noticesOf(id))[0]?.text).toContain('cannot take your order')
  })

  test('of a payment contains amounts, links and times', async () => {
    const placed = await order({ language: 'es' })
    const due = new Date('2026-11-24T18:00:00Z')
    await sendNotice(placed, 'payment_due', { amount: 1300, payment_link: 'https://pay.example/_x_', due_at: due })
    await sendNotice(placed, 'payment_due', { amount: 1300, bank_details: 'CLABE 123\nBanco' })
    expect((await noticesOf(placed.id)).map(({ content }) => (content as { body: string }).body)).toEqual([
      expect.stringMatching(
        /paga \$13\.00 por tu pedido #1001\.\nPaga aquí: https:\/\/pay\.example\/%5Fx%5F\nPuedes pagar hasta el 24 nov.*12:00/,
      ),
      '💳 Por favor, paga $13.00 por tu pedido #1001.\nTransfiere a: CLABE 123\nBanco',
    ])
  })

  test('is not sent to a customer without a conversation, and the order advances', async () => {
    const placed = await order()
    await db.conversation.deleteMany({ where: { id: placed.conversationId } })
    expect(await transition(placed.id, 'ACCEPT')).toMatchObject({ status: 'CONFIRMED' })
    expect(await noticesOf(placed.id)).toEqual([])
  })
})

describe('the template of a notice', () => {
  const approve = (id: string, version = 1) =>
    db.template.update({
      where: { id },
      data: { approval: 'APPROVED', approvedVersion: version, submittedVersion: version },
    })

  test('is sent in its approved version outside the service window, in the nearest language', async () => {
    const id = await createText('order_accepted', 'Accepted {{order_number}} for {{customer_name}}, {{total}} in all.')
    await approve(id)
    await run('updateTemplate', { id, expectedVersion: 1, content: { body: 'Newer {{order_number}}!' }, variables: [] })
    for (const language of ['en-GB', 'fr']) {
      const placed = await order({ open: false, language, name: '' })
      await transition(placed.id, 'ACCEPT')
      const [sent] = await noticesOf(placed.id)
      expect(sent).toMatchObject({
        templateId: id,
        content: { kind: 'template', name: 'order_accepted', language: 'en' },
      })
      expect((sent?.content as { bodyParameters: object[] }).bodyParameters).toEqual([
        { name: 'order_number', text: expect.stringMatching(/^100\d$/) },
        { name: 'customer_name', text: '–' },
        { name: 'total', text: expect.stringContaining('13.00') },
      ])
    }
  })

  test.each(['NOT_SUBMITTED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED'] as const)(
    'that is %s is replaced outside the service window by free-form text, which fails, so that staff see it',
    async (approval) => {
      const id = await createText('order_accepted', 'Accepted {{order_number}}.')
      await approve(id)
      await db.template.update({ where: { id }, data: { approval } })
      const placed = await order({ open: false })
      await transition(placed.id, 'ACCEPT')
      expect((await noticesOf(placed.id))[0]?.content).toMatchObject({ kind: 'text', body: 'Accepted 1001.' })
    },
  )

  test('is sent as free-form text within the service window, even when it is approved', async () => {
    await approve(await createText('order_accepted', 'Accepted {{order_number}}, hooray!'))
    const placed = await order()
    await transition(placed.id, 'ACCEPT')
    expect((await noticesOf(placed.id))[0]?.content).toEqual({ kind: 'text', body: 'Accepted 1001, hooray!' })
  })
})
