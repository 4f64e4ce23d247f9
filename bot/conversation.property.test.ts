import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { choiceId, parseChoiceId } from './choice-id.ts'
import { commands, findCommand } from './commands.ts'
import { languages } from './i18n/catalogue.ts'
import { freshState, loadState } from './state.ts'
import type { World } from './testing/fake-shop.ts'
import { createChat } from './testing/chat.ts'
import { buildProduct, buildWorld } from './testing/fake-shop.ts'
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
  ),
  fc.constantFrom(
    ...commands.flatMap((command) => languages.flatMap((code) => command.words[code]?.split(', ') ?? [])),
  ),
)
const anyId = fc.constantFrom(
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
  fc.record({ kind: fc.constant('image' as const), caption: fc.option(anyText) }),
  fc.record({ kind: fc.constant('other' as const), name: fc.constantFrom('audio', 'reaction', 'sticker') }),
)

const oddWorld = (name: string): World =>
  buildWorld({
    products: [...buildWorld().products, buildProduct('odd', name, { forms: [name, name, `${name}!`, ''] })],
    categories: Array.from({ length: 12 }, (_, n) => ({ id: `c${n}`, name: n % 2 ? name : '' })),
    merchant: { ...buildWorld().merchant, name },
  })

// `createChat` checks every answer against WhatsApp's limits and replays every turn.
test('any conversation is answered within the limits, and any replay of a turn changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyMessage, { minLength: 1, maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 90 }),
      async (messages, name) => {
        const world = oddWorld(name)
        const chat = createChat(world, { name, phone: null })
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

test('any stored state is read without failing', async () => {
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

test('whatever is said names a command that accepts its arguments', () => {
  fc.assert(
    fc.property(anyMessage, fc.constantFrom(...languages), (message, language) => {
      const intent = understand(freshState(), message, language)
      expect(findCommand(intent.command)?.accepts(intent.args)).toBe(true)
    }),
  )
})

test('a choice id reads back as it was written', () => {
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
