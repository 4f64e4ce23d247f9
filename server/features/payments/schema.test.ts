import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { botActor, execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { BANK_DETAILS, createPaidShop, customerPhoto, orderPaidBy } from '../../../test/harness/payments.ts'
import { createStaff, createTestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { Actor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { transitionOrder } from '../orders/service/transition-order.ts'
import { decideCheckout, findCheckout } from './sandbox/checkouts.ts'

let testApp: TestApp
let app: AppContext
let shop: Awaited<ReturnType<typeof createPaidShop>>

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  shop = await createPaidShop(app)
})

const PAYMENT = `... on Payment { id status method provider amount { amount } checkoutUrl failureReason expiresAt allowedActions
  proof { id status } order { id paymentStatus paid { amount } due { amount } toRefund { amount } }
  entries { kind amount { amount } reference author } } ... on Error { message }`
type Answer = {
  __typename: string
  id: string
  status: string
  checkoutUrl: string | null
  expiresAt: string | null
  message?: string
}
const call = async (name: string, input: object, actor: Actor = shop.owner): Promise<Answer> => {
  const type =
    name === 'updatePaymentSettings' ? 'PaymentSettingsInput' : `${name[0]?.toUpperCase()}${name.slice(1)}Input`
  // Nothing about it can be wrong but the id.
  const fields = name === 'confirmPayment' ? PAYMENT : `${PAYMENT} ... on ValidationError { issues { path } }`
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ${fields} } }`
  return (await execute<Record<string, Answer>>(app, actor, document, { input }))[name] as Answer
}
const orderOf = async (id: string, actor: Actor = shop.owner) =>
  (
    await execute<{ order: Record<string, unknown> }>(
      app,
      actor,
      `query ($id: ID!) { order(id: $id) { status paymentMethod paymentStatus paid { amount } due { amount } toRefund { amount } payment { status method } payments { status } } }`,
      { id },
    )
  ).order
const texts = async (orderId: string) =>
  (
    await tenantDb(app.database, shop.merchantId).message.findMany({
      where: { orderId },
      orderBy: { createdAt: 'asc' },
    })
  ).map(({ text }) => text)
const events = async (orderId: string) =>
  (await app.log.about(shop.merchantId, orderId, 50))
    .map(({ type }) => type)
    .filter((type) => type.startsWith('payment'))

describe('cash on delivery', () => {
  test('is captured once when staff mark it as collected, with their name in the ledger', async () => {
    const { orderId, paymentId } = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
    expect(await orderOf(orderId)).toMatchObject({
      paymentStatus: 'UNPAID',
      due: { amount: 1_000 },
      payment: { status: 'PENDING', method: 'CASH_ON_DELIVERY' },
    })
    const agent = await createStaff(app, shop.merchantId, { role: 'AGENT' })
    const collected = await call('transitionPayment', { paymentId, action: 'MARK_COLLECTED' }, agent)
    expect(collected).toMatchObject({
      __typename: 'Payment',
      status: 'CAPTURED',
      allowedActions: [],
      order: { paymentStatus: 'PAID', paid: { amount: 1_000 }, due: { amount: 0 } },
      entries: [{ kind: 'CAPTURE', amount: { amount: 1_000 }, reference: 'collected', author: 'Test agent' }],
    })
    expect(await call('transitionPayment', { paymentId, action: 'MARK_COLLECTED' })).toMatchObject({
      __typename: 'IllegalPaymentActionError',
    })
    expect(await events(orderId)).toEqual(['payment_status_changed', 'payment_received'])
  })

  test('is captured when the order is delivered', async () => {
    const { orderId } = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
    for (const action of ['ACCEPT', 'MARK_READY', 'DELIVER'] as const)
      await transitionOrder(app, shop.owner, { orderId, action })
    expect(await orderOf(orderId)).toMatchObject({ paymentStatus: 'PAID', paid: { amount: 1_000 }, due: { amount: 0 } })
    expect((await texts(orderId)).filter((text) => text.includes('received'))).toEqual([])
  })

  test('the bot cannot mark cash as collected', async () => {
    const { paymentId, customerId } = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
    const bot = botActor(shop.merchantId, customerId)
    expect(await call('transitionPayment', { paymentId, action: 'MARK_COLLECTED' }, bot)).toMatchObject({
      __typename: 'IllegalPaymentActionError',
    })
    expect(await call('transitionPayment', { paymentId, action: 'CANCEL' }, bot)).toMatchObject({
      __typename: 'IllegalPaymentActionError',
    })
    await expect(call('recordRefund', { paymentId, amount: 1, reason: 'x' }, bot)).rejects.toThrow(/Only the shop/)
  })
})

describe('bank transfer', () => {
  test('a photo of the customer becomes the proof; staff accept it and the customer is notified', async () => {
    const { orderId, customerId, conversationId, paymentId } = await orderPaidBy(app, shop, 'BANK_TRANSFER')
    expect(await orderOf(orderId)).toMatchObject({ paymentStatus: 'AWAITING' })
    const { messageId, mediaId } = await customerPhoto(app, shop.merchantId, conversationId)
    const bot = botActor(shop.merchantId, customerId)
    const handedIn = await execute<{ submitPaymentProof: Answer }>(
      app,
      bot,
      `mutation ($input: SubmitPaymentProofInput!) { submitPaymentProof(input: $input) { __typename ... on Payment { id status expiresAt } } }`,
      { input: { orderId, messageId, idempotencyKey: 'turn-1' } },
    )
    expect(handedIn.submitPaymentProof).toEqual({
      __typename: 'Payment',
      id: paymentId,
      status: 'PROOF_SUBMITTED',
      expiresAt: null,
    })
    expect(await orderOf(orderId)).toMatchObject({ paymentStatus: 'PROOF_SUBMITTED' })
    const accepted = await call('transitionPayment', { paymentId, action: 'ACCEPT_PROOF' })
    expect(accepted).toMatchObject({
      status: 'CAPTURED',
      proof: { id: mediaId, status: 'PROCESSING' },
      entries: [{ reference: `proof:${mediaId}`, author: 'Test owner' }],
      order: { paymentStatus: 'PAID' },
    })
    expect((await texts(orderId)).at(-1)).toContain('received')
  })

  test('a refused proof requires a reason, which the customer receives; they may send another', async () => {
    const { orderId, conversationId, paymentId } = await orderPaidBy(app, shop, 'BANK_TRANSFER')
    const first = await customerPhoto(app, shop.merchantId, conversationId)
    await call('submitPaymentProof', { orderId, messageId: first.messageId })
    expect(await call('transitionPayment', { paymentId, action: 'REFUSE_PROOF', reason: ' ' })).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: 'input.reason' }],
    })
    const refused = await call('transitionPayment', {
      paymentId,
      action: 'REFUSE_PROOF',
      reason: 'The amount is cut off',
    })
    expect(refused).toMatchObject({ status: 'PENDING', failureReason: 'The amount is cut off' })
    expect(Date.parse(refused.expiresAt ?? '')).toBeGreaterThan(Date.now())
    expect((await texts(orderId)).at(-1)).toContain('The amount is cut off')
    expect(await events(orderId)).toContain('payment_failed')
    const second = await customerPhoto(app, shop.merchantId, conversationId)
    expect(await call('submitPaymentProof', { orderId, messageId: second.messageId })).toMatchObject({
      status: 'PROOF_SUBMITTED',
      failureReason: null,
      proof: { id: second.mediaId },
    })
  })

  test('only an image of the customer of an order with an open transfer is a proof', async () => {
    const waiting = await orderPaidBy(app, shop, 'BANK_TRANSFER')
    const other = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
    const text = await customerPhoto(app, shop.merchantId, waiting.conversationId, { withImage: false })
    const foreign = await customerPhoto(app, shop.merchantId, other.conversationId)
    const { orderId } = waiting
    expect(await call('submitPaymentProof', { orderId, messageId: text.messageId })).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: 'input.messageId' }],
    })
    for (const messageId of [foreign.messageId, 'nonsense', shop.merchantId])
      expect(await call('submitPaymentProof', { orderId, messageId })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await call('submitPaymentProof', { orderId: other.orderId, messageId: foreign.messageId })).toMatchObject({
      __typename: 'PaymentNotPossibleError',
      message: expect.stringMatching(/^Order #\d+ is not waiting for a bank transfer, but for cash on delivery\.$/),
    })
    const stranger = botActor(shop.merchantId, other.customerId)
    const document = `mutation ($input: SubmitPaymentProofInput!) { submitPaymentProof(input: $input) { __typename } }`
    expect(await execute(app, stranger, document, { input: { orderId, messageId: foreign.messageId } })).toEqual({
      submitPaymentProof: { __typename: 'NotFoundError' },
    })
  })
})

describe('changing the payment method', () => {
  test('cancels the open payment and opens one for the due amount; the same method keeps its link', async () => {
    const { orderId, paymentId } = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
    const online = await call('startPayment', { orderId, method: 'ONLINE', idempotencyKey: 'k' })
    expect(online).toMatchObject({
      __typename: 'Payment',
      status: 'PENDING',
      method: 'ONLINE',
      amount: { amount: 1_000 },
    })
    expect(online.checkoutUrl).toMatch(/\/sandbox-pay\/[\w-]{54}$/)
    expect(await orderOf(orderId)).toMatchObject({
      paymentMethod: 'ONLINE',
      paymentStatus: 'AWAITING',
      payments: [{ status: 'PENDING' }, { status: 'CANCELLED' }],
    })
    expect(await call('startPayment', { orderId, method: 'ONLINE' })).toMatchObject({
      id: online.id,
      checkoutUrl: online.checkoutUrl,
    })
    expect(online.id).not.toBe(paymentId)
  })

  test('is refused for methods the shop does not accept, for paid orders, and for orders of others', async () => {
    const plain = await createTestShop(app)
    const { orderId, paymentId } = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
    await call('transitionPayment', { paymentId, action: 'MARK_COLLECTED' })
    expect(await call('startPayment', { orderId, method: 'ONLINE' })).toMatchObject({
      __typename: 'PaymentNotPossibleError',
    })
    expect(await call('startPayment', { orderId, method: 'ONLINE' }, plain.owner)).toMatchObject({
      __typename: 'ValidationError',
      message: expect.stringContaining('This shop accepts cash on delivery.'),
    })
    expect(await call('startPayment', { orderId, method: 'CASH_ON_DELIVERY' }, plain.owner)).toMatchObject({
      __typename: 'NotFoundError',
    })
  })

  test('the customer cannot withdraw a submitted proof', async () => {
    const { orderId, customerId, conversationId } = await orderPaidBy(app, shop, 'BANK_TRANSFER')
    const { messageId } = await customerPhoto(app, shop.merchantId, conversationId)
    await call('submitPaymentProof', { orderId, messageId })
    const bot = botActor(shop.merchantId, customerId)
    const document = `mutation ($input: StartPaymentInput!) { startPayment(input: $input) { __typename ... on Error { message } } }`
    expect(await execute(app, bot, document, { input: { orderId, method: 'CASH_ON_DELIVERY' } })).toMatchObject({
      startPayment: { __typename: 'PaymentNotPossibleError', message: expect.stringContaining('PROOF_SUBMITTED') },
    })
    expect(await call('startPayment', { orderId, method: 'CASH_ON_DELIVERY' })).toMatchObject({ status: 'PENDING' })
  })
})

test('an online payment is captured when its status is refreshed, and the customer is notified', async () => {
  const { orderId, paymentId } = await orderPaidBy(app, shop, 'ONLINE')
  const url = (await call('confirmPayment', { paymentId })).checkoutUrl ?? ''
  const checkout = await findCheckout(app, url.split('/').at(-1) ?? '')
  if (!checkout) throw new Error('no checkout')
  await decideCheckout(app, checkout, 'PAID')
  expect(await call('confirmPayment', { paymentId })).toMatchObject({
    status: 'CAPTURED',
    checkoutUrl: null,
    entries: [{ reference: checkout.id, author: 'System' }],
    order: { paymentStatus: 'PAID' },
  })
  expect((await texts(orderId)).filter((text) => text.includes('received'))).toHaveLength(1)
})

test('a declined payment has a reason and allows a new link', async () => {
  const { orderId, paymentId } = await orderPaidBy(app, shop, 'ONLINE')
  const url = (await call('confirmPayment', { paymentId })).checkoutUrl ?? ''
  const checkout = await findCheckout(app, url.split('/').at(-1) ?? '')
  if (!checkout) throw new Error('no checkout')
  await decideCheckout(app, checkout, 'DECLINED')
  expect(await call('confirmPayment', { paymentId })).toMatchObject({
    status: 'FAILED',
    failureReason: expect.stringContaining('declined'),
    order: { paymentStatus: 'FAILED' },
  })
  expect(await events(orderId)).toContain('payment_failed')
  const again = await call('startPayment', { orderId, method: 'ONLINE' })
  expect(again.id).not.toBe(paymentId)
  expect(again.checkoutUrl).not.toBe(url)
})

describe('a refund', () => {
  test('is recorded up to the captured amount, and shows on a cancelled order', async () => {
    const { orderId, paymentId } = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
    expect(await call('recordRefund', { paymentId, amount: 1, reason: 'too early' })).toMatchObject({
      __typename: 'PaymentNotPossibleError',
    })
    await call('transitionPayment', { paymentId, action: 'MARK_COLLECTED' })
    await transitionOrder(app, shop.owner, { orderId, action: 'CANCEL', reason: 'Sold out' })
    expect(await orderOf(orderId)).toMatchObject({
      toRefund: { amount: 1_000 },
      due: { amount: 0 },
      paymentStatus: 'PAID',
    })
    const part = { paymentId, amount: 400, reason: 'First half', idempotencyKey: 'refund-1' }
    expect(await call('recordRefund', part)).toMatchObject({ order: { toRefund: { amount: 600 } } })
    expect(await call('recordRefund', part)).toMatchObject({ order: { toRefund: { amount: 600 } } })
    expect(await call('recordRefund', { paymentId, amount: 601, reason: 'Too much' })).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: 'input.amount' }],
    })
    expect(await call('recordRefund', { paymentId, amount: 0, reason: 'Nothing' })).toMatchObject({
      __typename: 'ValidationError',
    })
    await expect(call('recordRefund', { paymentId, amount: -5, reason: 'Less' })).rejects.toThrow(/0 or more/)
    expect(await call('recordRefund', { paymentId, amount: 600, reason: 'The rest' })).toMatchObject({
      order: { paymentStatus: 'REFUNDED', paid: { amount: 0 }, toRefund: { amount: 0 } },
      entries: [{ kind: 'CAPTURE' }, { kind: 'REFUND', amount: { amount: -400 } }, { amount: { amount: -600 } }],
    })
    expect(await events(orderId)).toEqual([
      'payment_status_changed',
      'payment_received',
      'payment_refunded',
      'payment_refunded',
    ])
  })

  test('the ledger is append-only, even for SQL', async () => {
    const { paymentId } = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
    await call('transitionPayment', { paymentId, action: 'MARK_COLLECTED' })
    const db = tenantDb(app.database, shop.merchantId)
    await expect(db.ledgerEntry.updateMany({ where: { paymentId }, data: { amount: 1n } })).rejects.toThrow(
      /append-only/,
    )
    await expect(db.ledgerEntry.deleteMany({ where: { paymentId } })).rejects.toThrow(/append-only/)
  })
})

test.each(['REJECT', 'CANCEL'] as const)('%s cancels the open payment', async (action) => {
  const { orderId } = await orderPaidBy(app, shop, 'BANK_TRANSFER')
  await transitionOrder(app, shop.owner, { orderId, action })
  expect(await orderOf(orderId)).toMatchObject({ due: { amount: 0 }, payment: { status: 'CANCELLED' } })
})

test('an order from before payments were recorded is paid in cash, and can get another method', async () => {
  const { orderId } = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
  await tenantDb(app.database, shop.merchantId).payment.deleteMany({ where: { orderId } })
  expect(await orderOf(orderId)).toMatchObject({
    paymentStatus: 'UNPAID',
    due: { amount: 1_000 },
    payment: null,
    payments: [],
  })
  expect(await call('startPayment', { orderId, method: 'BANK_TRANSFER' })).toMatchObject({ status: 'PENDING' })
  const old = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
  await tenantDb(app.database, shop.merchantId).payment.deleteMany({ where: { orderId: old.orderId } })
  for (const action of ['ACCEPT', 'MARK_READY', 'DELIVER'] as const)
    await transitionOrder(app, shop.owner, { orderId: old.orderId, action })
  expect(await orderOf(old.orderId)).toMatchObject({
    paymentStatus: 'PAID',
    paid: { amount: 1_000 },
    due: { amount: 0 },
  })
})

test('a list shows the same balance as the order itself', async () => {
  const cash = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
  await call('transitionPayment', { paymentId: cash.paymentId, action: 'MARK_COLLECTED' })
  await call('recordRefund', { paymentId: cash.paymentId, amount: 300, reason: 'Broken' })
  await orderPaidBy(app, shop, 'ONLINE')
  await orderPaidBy(app, shop, 'BANK_TRANSFER')
  const fields = 'id paymentStatus paid { amount } due { amount } toRefund { amount }'
  const { orders } = await execute<{ orders: { edges: { node: { id: string } }[] } }>(
    app,
    shop.owner,
    `{ orders { edges { node { ${fields} } } } }`,
  )
  expect(orders.edges).toHaveLength(3)
  for (const { node } of orders.edges) {
    const { order } = await execute<{ order: unknown }>(
      app,
      shop.owner,
      `query ($id: ID!) { order(id: $id) { ${fields} } }`,
      {
        id: node.id,
      },
    )
    expect(order).toEqual(node)
  }
  expect(orders.edges.map(({ node }) => node)).toMatchObject([
    { paymentStatus: 'AWAITING' },
    { paymentStatus: 'AWAITING' },
    { paymentStatus: 'PAID', paid: { amount: 700 }, due: { amount: 0 } },
  ])
})

describe('payment settings', () => {
  const MERCHANT = '{ merchant { paymentMethods bankDetails paymentDueMinutes onlinePayment } }'
  const set = async (input: object, actor: Actor = shop.owner) =>
    (
      await execute<{ updatePaymentSettings: unknown }>(
        app,
        actor,
        `mutation ($input: PaymentSettingsInput!) { updatePaymentSettings(input: $input) { __typename ... on Merchant { paymentMethods bankDetails paymentDueMinutes } ... on ValidationError { issues { path message } } } }`,
        { input },
      )
    ).updatePaymentSettings

  test('take effect at once, and only owners and managers may change them', async () => {
    expect(await set({ methods: ['ONLINE', 'CASH_ON_DELIVERY', 'ONLINE'], paymentDueMinutes: 60 })).toEqual({
      __typename: 'Merchant',
      paymentMethods: ['ONLINE', 'CASH_ON_DELIVERY'],
      bankDetails: BANK_DETAILS,
      paymentDueMinutes: 60,
    })
    expect(await execute(app, shop.owner, MERCHANT)).toMatchObject({
      merchant: { paymentMethods: ['ONLINE', 'CASH_ON_DELIVERY'], onlinePayment: true },
    })
    const agent = await createStaff(app, shop.merchantId, { role: 'AGENT' })
    await expect(set({ methods: ['CASH_ON_DELIVERY'] }, agent)).rejects.toThrow(/shop:write/)
  })

  test('refuse transfers without bank details, and values beyond their limits', async () => {
    expect(await set({ methods: ['BANK_TRANSFER'], bankDetails: '  ' })).toMatchObject({
      issues: [{ path: 'input.bankDetails' }],
    })
    expect(await set({ methods: [] })).toMatchObject({ issues: [{ path: 'input.methods' }] })
    for (const paymentDueMinutes of [14, 43_201])
      expect(await set({ methods: ['CASH_ON_DELIVERY'], paymentDueMinutes })).toMatchObject({
        issues: [{ path: 'input.paymentDueMinutes' }],
      })
    expect(await set({ methods: ['BANK_TRANSFER'], bankDetails: 'x'.repeat(1_001) })).toMatchObject({
      issues: [{ path: 'input.bankDetails' }],
    })
  })
})

test('payments are listed latest first, filtered, and for the bot only those of its customer', async () => {
  const cash = await orderPaidBy(app, shop, 'CASH_ON_DELIVERY')
  const transfer = await orderPaidBy(app, shop, 'BANK_TRANSFER')
  const document = `query ($filter: PaymentFilter) { payments(filter: $filter) { totalCount edges { node { id } } } }`
  const list = async (filter: object, actor: Actor = shop.owner) => {
    const { payments } = await execute<{ payments: { totalCount: number; edges: { node: { id: string } }[] } }>(
      app,
      actor,
      document,
      { filter },
    )
    expect(payments.totalCount).toBe(payments.edges.length)
    return payments.edges.map(({ node }) => node.id)
  }
  expect(await list({})).toEqual([transfer.paymentId, cash.paymentId])
  expect(await list({ method: ['CASH_ON_DELIVERY'] })).toEqual([cash.paymentId])
  expect(await list({ status: ['CAPTURED'] })).toEqual([])
  expect(await list({ orderId: transfer.orderId })).toEqual([transfer.paymentId])
  expect(await list({ orderId: 'nonsense' })).toEqual([])
  expect(await list({}, botActor(shop.merchantId, cash.customerId))).toEqual([cash.paymentId])
})
