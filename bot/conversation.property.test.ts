import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { choiceId, parseChoiceId } from './choice-id.ts'
import { commands, findCommand } from './commands.ts'
import { catalogue, languages } from './i18n/catalogue.ts'
import { paymentMethods } from './storefront.ts'
import { freshState, loadState } from './state.ts'
import type { World } from './testing/fake-storefront.ts'
import { createChat } from './testing/chat.ts'
import { buildProduct, buildWorld } from './testing/fake-storefront.ts'
import type { Incoming } from './turn.ts'
import { understand } from './understand.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    'hi',
    'hola',
    'cart',
    'pagar',
    'yes',
    '2',
    '3 lattes',
    'recoger',
    'Elm Street 12',
    '#1',
    '0',
    'cancel',
    'no',
    'pay online',
    'virement',
    'recibo',
    'stop',
    'something is missing',
    'je voudrais 2 lattes',
    'quero dois lattes',
  ),
  fc.constantFrom(
    ...commands.flatMap((command) => languages.flatMap((code) => command.words[code]?.split(', ') ?? [])),
  ),
)
const anyId = fc.constantFrom(
  'CASH_ON_DELIVERY',
  'BANK_TRANSFER',
  'ONLINE',
  'message-1',
  'fr',
  'latte',
  'latte-1',
  'espresso-1',
  'croissant-1',
  'cake-1',
  'order-1',
  'drinks',
  'nothing',
  'es',
  '9',
)
const anyChoice = fc
  .tuple(
    fc.constantFrom(...commands.map((command) => command.name)),
    fc.array(fc.oneof(anyId, fc.nat(2000).map(String)), { maxLength: 3 }),
  )
  .map(([command, args]) => choiceId(command, ...args))
const anyMessage: fc.Arbitrary<Incoming> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('text' as const), text: anyText }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('choice' as const),
      id: fc.oneof(anyChoice, fc.string()),
      title: anyText,
    }),
  },
  fc.record({
    kind: fc.constant('location' as const),
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    name: fc.option(anyText),
    address: fc.option(anyText),
  }),
  fc.record({
    kind: fc.constant('cart' as const),
    items: fc.array(
      fc.record({
        sku: fc.constantFrom('LATTE-1', 'CROISSANT-1', 'NOPE'),
        quantity: fc.integer({ min: -2, max: 1200 }),
      }),
      {
        maxLength: 5,
      },
    ),
  }),
  fc.record({
    kind: fc.constant('image' as const),
    caption: fc.option(fc.oneof(anyText, fc.constantFrom('paid!', 'broken', 'cart'))),
  }),
  fc.record({ kind: fc.constant('other' as const), name: fc.constantFrom('audio', 'reaction', 'sticker') }),
)

const anyPayment = fc.record({
  paymentMethods: fc.subarray([...paymentMethods], { minLength: 1 }),
  bankDetails: fc.option(fc.string({ unit: 'grapheme', maxLength: 1000 })),
})
type PaymentSettings = Pick<World['merchant'], 'paymentMethods' | 'bankDetails'>

const oddWorld = (name: string, payment: PaymentSettings): World =>
  buildWorld({
    products: [...buildWorld().products, buildProduct('odd', name, { variantNames: [name, name, `${name}!`, ''] })],
    categories: Array.from({ length: 12 }, (_, n) => ({ id: `c${n}`, name: n % 2 ? name : '' })),
    merchant: { ...buildWorld().merchant, name, ...payment },
  })

// `createChat` checks every answer against WhatsApp's limits and replays every turn.
test('replies to any conversation keep WhatsApp’s limits, and the replay of a turn changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyMessage, { minLength: 1, maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 90 }),
      anyPayment,
      fc.constantFrom(...languages),
      async (messages, name, payment, language) => {
        const world = oddWorld(name, payment)
        const chat = createChat(world, { name, phone: null, language })
        for (const message of messages) await chat.send(message)
        expect(world.conflicts).toBe(0)
        expect(JSON.stringify(chat.last().state).length).toBeLessThan(8000)
        expect(loadState(JSON.parse(JSON.stringify(chat.last().state)))).toEqual(chat.last().state)
        for (const choice of chat.choices()) {
          const intent = parseChoiceId(choice.id)
          expect(intent && findCommand(intent.command)?.accepts(intent.args), choice.id).toBe(true)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('loading any stored state succeeds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.jsonValue(), fc.record({ v: fc.constant(1), misses: fc.jsonValue() })),
      anyMessage,
      async (state, message) => {
        await createChat(buildWorld(), { state }).send(message)
      },
    ),
    { numRuns: 100 },
  )
})

test('any message leads to a command that accepts its arguments', () => {
  fc.assert(
    fc.property(anyMessage, fc.constantFrom(...languages), (message, language) => {
      const intent = understand(freshState(), message, language)
      expect(findCommand(intent.command)?.accepts(intent.args)).toBe(true)
    }),
  )
})

test('a choice id survives writing and parsing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 4 }),
      ([command = '', ...args]) => {
        fc.pre(command !== '')
        expect(parseChoiceId(choiceId(command, ...args))).toEqual({ command, args })
      },
    ),
  )
})

// For any cart and payment method, the order has the payment method of the confirmed summary.
test('an order has the payment method that its confirmed summary showed', async () => {
  const method = fc.constantFrom('cash', 'bank transfer', 'pay online', 'hi', 'change', 'my cart', 'pickup')
  await fc.assert(
    fc.asyncProperty(fc.array(method, { maxLength: 8 }), anyPayment, async (words, payment) => {
      const world = buildWorld({ cart: new Map([['espresso-1', 1]]) })
      Object.assign(world.merchant, payment)
      const chat = createChat(world)
      for (const word of ['checkout', 'pickup', ...words, 'pickup']) await chat.say(word)
      const shown = paymentMethods.find((method) => chat.body().includes(catalogue.en.pay.by[method]))
      await chat.say('yes')
      expect(world.orders).toMatchObject([{ payment: { method: shown } }])
      expect(world.merchant.paymentMethods).toContain(shown)
    }),
    { numRuns: 60 },
  )
})
