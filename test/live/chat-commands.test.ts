import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { emulatorOf, type ChatMessage, type Phone } from '../harness/phone.ts'
import { createTestProduct } from '../harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'

/** Customers who pay, prove and complain in the chat: emulator, server, worker and bot together. */

let storeline: TestStoreline
let emulator: ReturnType<typeof emulatorOf>
let phone: Phone
let phones = 15_550_900_000

beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api', 'worker', 'bot', 'emulator'] })
  emulator = emulatorOf(storeline)
  await createTestProduct(storeline.app, storeline.shop.owner, { name: 'Espresso', price: 250, onHand: 50 })
  const settings = `mutation ($input: PaymentSettingsInput!) { updatePaymentSettings(input: $input) { __typename ... on Error { message } } }`
  const input = { methods: ['CASH_ON_DELIVERY', 'BANK_TRANSFER', 'ONLINE'], bankDetails: 'IBAN ES00 1234' }
  expect(await api().run(settings, { input })).toEqual({ updatePaymentSettings: { __typename: 'Merchant' } })
})
afterAll(() => storeline[Symbol.asyncDispose]())
beforeEach(async () => {
  phone = await emulator.phone({ phone: `+${++phones}` })
})

const api = () => storeline.graphql(storeline.shop.key)
const answers = async () => (await phone.chat()).filter((message) => message.from === 'shop')

/** Acts as the customer and returns the shop's answer. */
async function answerTo(act: () => Promise<unknown>): Promise<ChatMessage> {
  const before = (await answers()).length
  await act()
  return vi.waitFor(
    async () => {
      const answer = (await answers())[before]
      if (!answer) throw new Error('no answer yet')
      return answer
    },
    { timeout: 20_000, interval: 50 },
  )
}
const say = (text: string) => answerTo(() => phone.write(text))
const act = (action: object) =>
  answerTo(() => emulator.control(`/chats/${storeline.shop.phoneNumberId}/${phone.customerId}/messages`, action))
const tap = (message: ChatMessage, title: string) => {
  const choice = (message.body['buttons'] as { id: string; title: string }[]).find((one) => one.title.includes(title))
  if (!choice) throw new Error(`no button “${title}” in ${JSON.stringify(message.body)}`)
  return act({ kind: 'tap', messageWamid: message.wamid, choiceId: choice.id })
}
async function sendPhoto(): Promise<ChatMessage> {
  const jpeg = Buffer.from(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q==',
    'base64',
  )
  const response = await fetch(`${storeline.url}/_emulator/control/images`, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: new Uint8Array(jpeg),
  })
  const { mediaId } = (await response.json()) as { mediaId: string }
  return act({ kind: 'image', mediaId })
}

type Order = {
  paymentStatus: string
  payment: { method: string; status: string; proof: { id: string } | null } | null
  timeline: { type: string; message: { text: string } | null }[]
  conversation: { mode: string; handoffReason: string | null }
}
async function latestOrder(): Promise<Order> {
  const document = `query ($search: String!) { customers(filter: { search: $search }) { edges { node { orders(first: 1) { edges { node {
    paymentStatus payment { method status proof { id } } timeline { type message { text } } conversation { mode handoffReason }
  } } } } } } }`
  type Found = { customers: { edges: { node: { orders: { edges: { node: Order }[] } } }[] } }
  const { customers } = await api().run<Found>(document, { search: String(phones) })
  return customers.edges[0]!.node.orders.edges[0]!.node
}

const order = async (way: string) => {
  await say('2 espresso')
  await tap(await say('checkout'), 'Pick-up')
  await say(way)
  return say('yes')
}

test('a customer pays by transfer and proves it with a photo', async () => {
  const placed = await order('bank transfer')
  expect(placed.body.text).toContain('IBAN ES00 1234')
  const thanks = await sendPhoto()
  expect(thanks.body.text).toContain('proof of payment')
  const { paymentStatus, payment } = await latestOrder()
  expect([paymentStatus, payment]).toEqual([
    'PROOF_SUBMITTED',
    { method: 'BANK_TRANSFER', status: 'PROOF_SUBMITTED', proof: { id: expect.any(String) } },
  ])
  expect((await say('my order')).body.text).toContain('checking your transfer')
})

test('a customer pays online by a button that opens the page', async () => {
  const placed = await order('pay online')
  expect(placed.body).toMatchObject({ kind: 'link', label: 'Pay now', url: expect.stringMatching(/^http/) })
  const page = await fetch(String(placed.body['url']))
  expect(page.status).toBe(200)
  expect((await say('cash')).body.text).toContain('You pay cash')
  expect((await latestOrder()).payment?.method).toBe('CASH_ON_DELIVERY')
})

test('a customer reports a problem, is told so, and from then on a person answers', async () => {
  await order('cash')
  const sorry = await say('something is missing')
  expect(sorry.body.text).toContain('knows of the problem')
  const { timeline, conversation } = await latestOrder()
  expect(conversation).toEqual({ mode: 'HUMAN', handoffReason: 'PROBLEM_REPORTED' })
  expect(timeline).toContainEqual({ type: 'problem', message: { text: 'something is missing' } })
})

test('a customer asks for the receipt in French', async () => {
  await order('cash')
  await say('français')
  expect((await say('facture')).body.text).toMatch(/\*Facture\* · .*\n/)
})

test('a customer stops and allows advertising, by word and in WhatsApp itself', async () => {
  const optedOut = async () => {
    const document =
      'query ($search: String!) { customers(filter: { search: $search }) { edges { node { optedOut } } } }'
    type Found = { customers: { edges: { node: { optedOut: boolean } }[] } }
    const { customers } = await api().run<Found>(document, { search: String(phones) })
    return customers.edges[0]?.node.optedOut
  }
  await say('stop')
  expect(await optedOut()).toBe(true)
  await say('start')
  expect(await optedOut()).toBe(false)
  const path = `/chats/${storeline.shop.phoneNumberId}/${phone.customerId}/marketing`
  await emulator.control(path, { stopped: true })
  await vi.waitFor(async () => expect(await optedOut()).toBe(true), { timeout: 10_000 })
})
