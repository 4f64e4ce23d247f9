import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createPaidShop, orderPaidBy, sandboxWebhook } from '../../../../test/harness/payments.ts'
import { startTestStoreline, type TestStoreline } from '../../../../test/harness/storeline.ts'
import { tenantDb } from '../../../../test/harness/tenant-db.ts'
import { SIGNATURE_HEADER } from './signature.ts'

let storeline: TestStoreline
let shop: Awaited<ReturnType<typeof createPaidShop>>
beforeAll(async () => {
  storeline = await startTestStoreline()
  shop = await createPaidShop(storeline.app)
}, 60_000)
afterAll(() => storeline?.[Symbol.asyncDispose]())

let order: Awaited<ReturnType<typeof orderPaidBy>>
let page: string
beforeEach(async () => {
  order = await orderPaidBy(storeline.app, shop, 'ONLINE')
  const { checkoutUrl } = await payment()
  page = `${storeline.url}${new URL(checkoutUrl ?? '').pathname}`
})

const payment = () =>
  tenantDb(storeline.app.database, shop.merchantId).payment.findUniqueOrThrow({ where: { id: order.paymentId } })
const ledger = () =>
  tenantDb(storeline.app.database, shop.merchantId).ledgerEntry.count({ where: { orderId: order.orderId } })
const choose = (outcome: string) =>
  fetch(page, { method: 'POST', body: new URLSearchParams({ outcome }), redirect: 'manual' })
const post = (body: Buffer | string, headers: Record<string, string>, provider = 'sandbox') =>
  fetch(`${storeline.url}/webhooks/payments/${provider}`, { method: 'POST', body: body as BodyInit, headers })

describe('the checkout page', () => {
  test('shows shop, order and amount, needs no script, and forbids loading and framing', async () => {
    const answer = await fetch(page)
    const html = await answer.text()
    expect(answer.status).toBe(200)
    expect(html).toContain('$10.00')
    expect(html).toContain('#100')
    expect(html).toMatch(/<html lang="en">/)
    expect(html).not.toMatch(/<script/)
    const policy = answer.headers.get('content-security-policy') ?? ''
    const nonce = /style-src 'nonce-([^']+)'/.exec(policy)?.[1]
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(html).toContain(`<style nonce="${nonce}">`)
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('escapes the names of shops', async () => {
    const db = tenantDb(storeline.app.database, shop.merchantId)
    await db.sandboxCheckout.updateMany({
      where: { paymentId: order.paymentId },
      data: { shopName: `<script>alert("1")</script>&'`, locale: 'not a locale' },
    })
    const html = await (await fetch(page)).text()
    expect(html).not.toContain('<script>')
    expect(html).toContain('&#60;script&#62;')
  })

  test('is in the customer’s language', async () => {
    const db = tenantDb(storeline.app.database, shop.merchantId)
    for (const [locale, words] of [
      ['es-MX', 'Paga tu pedido'],
      ['fr', 'Payez votre commande'],
      ['pt-BR', 'Pague o seu pedido'],
      ['sw', 'Pay for your order'],
    ] as const) {
      await db.sandboxCheckout.updateMany({ where: { paymentId: order.paymentId }, data: { locale } })
      expect(await (await fetch(page)).text()).toContain(words)
    }
  })

  test('has an unguessable URL, and reveals nothing about others', async () => {
    const token = page.split('/').at(-1) ?? ''
    const other = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
    for (const guess of [
      other,
      token.slice(0, 22),
      'x',
      '%00',
      `${token.slice(0, -1)}%00`,
      `${token}A`,
      `${token}/x`,
    ]) {
      const answer = await fetch(`${storeline.url}/sandbox-pay/${guess}`)
      expect([404, 400]).toContain(answer.status)
      expect(await answer.text()).not.toContain('$10.00')
    }
  })
})

describe('the outcome chosen there', () => {
  test('“pay” is reported by a signed webhook, captured, and shown on the page', async () => {
    const answer = await choose('pay')
    expect(answer.status).toBe(303)
    await vi.waitFor(async () => expect((await payment()).status).toBe('CAPTURED'), 10_000)
    expect(await ledger()).toBe(1)
    expect(await (await fetch(page)).text()).toContain('Paid. Thank you!')
    // A customer who goes back and chooses again changes nothing.
    await choose('decline')
    expect(await (await fetch(page)).text()).toContain('Paid. Thank you!')
    expect((await payment()).status).toBe('CAPTURED')
  })

  test('“decline” fails the payment and captures nothing', async () => {
    await choose('decline')
    await vi.waitFor(async () => expect((await payment()).status).toBe('FAILED'), 10_000)
    expect(await ledger()).toBe(0)
    expect(await (await fetch(page)).text()).toContain('declined')
  })

  test('“later” stays pending until it settles, as the page shows', async () => {
    await choose('later')
    const html = await (await fetch(page)).text()
    expect(html).toContain('on its way')
    expect(html).toMatch(/http-equiv="refresh"/)
    expect((await payment()).status).toBe('PENDING')
    // Its time comes.
    const db = tenantDb(storeline.app.database, shop.merchantId)
    await db.sandboxCheckout.updateMany({ where: { paymentId: order.paymentId }, data: { settlesAt: new Date(0) } })
    const document = `mutation ($id: ID!) { confirmPayment(input: { paymentId: $id }) { ... on Payment { status } } }`
    const { data } = await storeline.graphql(shop.key).send(document, { id: order.paymentId })
    expect(data).toEqual({ confirmPayment: { status: 'CAPTURED' } })
    expect(await (await fetch(page)).text()).toContain('Paid. Thank you!')
  })

  test('any other or oversized form is refused without an outcome', async () => {
    expect((await choose('steal')).status).toBe(400)
    expect((await choose('x'.repeat(10_000))).status).toBe(413)
    expect(
      (await fetch(page, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status,
    ).toBe(415)
    expect((await payment()).status).toBe('PENDING')
  })

  test('is refused after the payment has expired', async () => {
    const db = tenantDb(storeline.app.database, shop.merchantId)
    await db.sandboxCheckout.updateMany({ where: { paymentId: order.paymentId }, data: { expiresAt: new Date(0) } })
    await choose('pay')
    expect(await (await fetch(page)).text()).toContain('The time to pay has run out')
    expect(await ledger()).toBe(0)
  })
})

describe('the webhook', () => {
  const message = async () => ({
    checkout: (await payment()).providerRef ?? '',
    status: 'PAID' as const,
    amount: 1_000,
    currency: 'USD',
  })

  test('is applied once, however often it is sent', async () => {
    const { raw, headers } = sandboxWebhook(storeline.app, await message())
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(raw, headers)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
    expect(await ledger()).toBe(1)
  })

  test('is refused with an invalid signature', async () => {
    const { app } = storeline
    const told = await message()
    const good = sandboxWebhook(app, told)
    const header = good.headers[SIGNATURE_HEADER] ?? ''
    const seconds = Math.floor(Date.now() / 1000)
    const wrong = createHmac('sha256', app.config.secretKey).update(`${seconds}.${good.raw}`).digest('base64url')
    const hostile: [string, Buffer | string, Record<string, string>][] = [
      ['none', good.raw, {}],
      ['empty', good.raw, { [SIGNATURE_HEADER]: '' }],
      ['garbage', good.raw, { [SIGNATURE_HEADER]: 't=now,v1=%%%' }],
      ['the secret itself, not the key derived from it', good.raw, { [SIGNATURE_HEADER]: `t=${seconds},v1=${wrong}` }],
      ['of another key', good.raw, sandboxWebhook(app, told, { secretKey: 'another key of this length' }).headers],
      ['of another body', Buffer.from(good.raw.toString().replace('1000', '1')), good.headers],
      ['of another time', good.raw, { [SIGNATURE_HEADER]: header.replace(/t=\d+/, `t=${seconds + 7}`) }],
      ['replayed an hour later', ...old(sandboxWebhook(app, told, { at: Date.now() - 3600_000 }))],
      ['from the future', ...old(sandboxWebhook(app, told, { at: Date.now() + 3600_000 }))],
    ]
    for (const [what, body, headers] of hostile) expect((await post(body, headers)).status, what).toBe(401)
    expect(await ledger()).toBe(0)
    expect(
      await tenantDb(app.database, shop.merchantId).paymentEvent.count({ where: { paymentId: order.paymentId } }),
    ).toBe(0)
  })

  const old = ({ raw, headers }: { raw: Buffer; headers: Record<string, string> }) => [raw, headers] as const

  test('is refused when its body is invalid, and answered 404 for an unknown payment', async () => {
    const { app } = storeline
    const signed = (data: object) => sandboxWebhook(app, data as Parameters<typeof sandboxWebhook>[1])
    const told = await message()
    for (const data of [
      { ...told, status: 'STOLEN' },
      { ...told, amount: -1 },
      { ...told, amount: 1.5 },
      { ...told, amount: '1000' },
      { ...told, currency: 'usd' },
      { ...told, checkout: 'x' },
      {},
    ]) {
      const { raw, headers } = signed(data)
      expect((await post(raw, headers)).status, JSON.stringify(data)).toBe(400)
    }
    const { raw, headers } = signed({ ...told, checkout: crypto.randomUUID() })
    expect((await post(raw, headers)).status).toBe(404)
    expect((await post(raw, headers, 'nobody')).status).toBe(404)
    expect((await post(Buffer.alloc(70_000), headers)).status).toBe(413)
    expect(await ledger()).toBe(0)
  })
})

test('without the sandbox there is no page, no webhook, and no online payment', async () => {
  await using plain = await startTestStoreline({ roles: ['api'], env: { PAYMENT_SANDBOX: 'false' } })
  const { raw, headers } = sandboxWebhook(plain.app, {
    checkout: crypto.randomUUID(),
    status: 'PAID',
    amount: 1,
    currency: 'USD',
  })
  expect((await fetch(`${plain.url}/sandbox-pay/${'A'.repeat(54)}`)).status).toBe(404)
  expect(
    (await fetch(`${plain.url}/webhooks/payments/sandbox`, { method: 'POST', body: raw as BodyInit, headers })).status,
  ).toBe(404)
  const { data } = await plain
    .graphql(plain.shop.key)
    .send(
      `mutation { updatePaymentSettings(input: { methods: [ONLINE] }) { __typename ... on ValidationError { issues { path message } } } }`,
    )
  expect(data).toMatchObject({
    updatePaymentSettings: { __typename: 'ValidationError', issues: [{ path: 'input.methods' }] },
  })
}, 60_000)
