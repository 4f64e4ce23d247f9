import { describe, expect, test } from 'vitest'
import { createChat } from './testing/chat.ts'
import type { World } from './testing/fake-storefront.ts'
import { buildProduct, buildWorld } from './testing/fake-storefront.ts'

const bankDetails = 'IBAN ES00 1234 5678 9012\nHolder: Corner Café'
const everyMethod = ['CASH_ON_DELIVERY', 'BANK_TRANSFER', 'ONLINE'] as const

const worldWith = (overrides: Partial<World> = {}): World => {
  const world = buildWorld({ cart: new Map([['espresso-1', 2]]), ...overrides })
  return { ...world, merchant: { ...world.merchant, paymentMethods: [...everyMethod], bankDetails } }
}
const titles = (chat: ReturnType<typeof createChat>) => chat.choices().map((choice) => choice.title)
const image = { kind: 'image', caption: null } as const

/** A chat at the summary of a pick-up order. */
const atSummary = async (world: World, chat = createChat(world)) => {
  await chat.say('checkout')
  await chat.tap('Pick-up')
  return chat
}
const ordered = async (world: World, way: string, chat = createChat(world)) => {
  await atSummary(world, chat)
  await chat.tap('Pay differently')
  await chat.tap(way)
  await chat.tap('Confirm')
  return chat
}

describe('the payment method', () => {
  test('is the shop’s default unless the customer chooses another', async () => {
    const world = worldWith()
    const chat = await atSummary(world)
    expect(chat.body()).toContain('💵 You pay cash when you get it.')
    expect(titles(chat)).toEqual(['Confirm order', 'Pay differently', 'Change'])
    await chat.tap('Pay differently')
    expect(titles(chat)).toEqual(['🏦 Bank transfer', '💳 Online', '💵 Cash'])
    await chat.tap('Bank transfer')
    expect(chat.body()).toContain('🏦 You pay by bank transfer.')
    expect(chat.body()).toContain('Total: *$5.00*')
    await chat.tap('Confirm')
    expect(world.orders).toMatchObject([{ payment: { method: 'BANK_TRANSFER' } }])
  })

  test('is not asked for when the shop accepts only one', async () => {
    const chat = await atSummary(buildWorld({ cart: new Map([['espresso-1', 1]]) }))
    expect(titles(chat)).toEqual(['Confirm order', 'Change', 'Cancel'])
  })

  test('can be typed, and the summary still offers to change and to leave', async () => {
    const world = worldWith()
    const chat = await atSummary(world)
    await chat.say('pay online')
    expect(chat.body()).toContain('💳 You pay online')
    await chat.tap('Change')
    expect(titles(chat)).toEqual(['Delivery', 'Change cart', 'Pay differently', 'Cancel'])
    await chat.tap('Delivery')
    await chat.say('12 Elm Street')
    expect(chat.body()).toContain('💳 You pay online')
    await chat.say('yes')
    expect(world.orders).toMatchObject([{ payment: { method: 'ONLINE' } }])
  })

  test('is asked for again when an older summary is confirmed', async () => {
    const world = worldWith()
    const chat = await atSummary(world)
    const cash = chat.choices()[0]!
    await chat.say('bank transfer')
    await chat.send({ kind: 'choice', ...cash })
    expect(world.orders).toEqual([])
    expect(chat.body()).toContain('🏦 You pay by bank transfer.')
  })

  test('that the shop no longer accepts falls back to the default', async () => {
    const world = worldWith()
    const chat = await atSummary(world)
    await chat.say('pay online')
    world.merchant.paymentMethods = ['BANK_TRANSFER']
    await chat.say('yes')
    expect(world.orders).toMatchObject([{ payment: { method: 'BANK_TRANSFER' } }])
  })
})

describe('an order to be paid', () => {
  test('by transfer shows the full bank details, the reference and the deadline in one message', async () => {
    const chat = await ordered(worldWith(), 'Bank transfer')
    expect(chat.last().replies).toHaveLength(1)
    for (const words of ['order *#1* is placed', '*$5.00*', bankDetails, 'order #1', 'Please pay until', 'a photo'])
      expect(chat.body()).toContain(words)
    expect(titles(chat)).toEqual(['Pay differently', 'Order status', 'Talk to a person'])
  })

  test('shows long bank details in full', async () => {
    const world = worldWith()
    world.merchant.bankDetails = `${'Account line\n'.repeat(75)}IBAN ES99`
    const chat = await ordered(world, 'Bank transfer')
    expect(chat.last().replies[0]?.text?.body).toContain('IBAN ES99')
  })

  test('online has a button that opens the checkout page', async () => {
    const chat = await ordered(worldWith(), 'Online')
    expect(chat.last().replies).toMatchObject([
      { link: { label: 'Pay now', url: 'https://pay.example/payment-1', body: expect.stringContaining('*#1*') } },
    ])
  })

  test('changes its payment method at the customer’s request', async () => {
    const world = worldWith()
    const chat = await ordered(world, 'Online')
    await chat.say('pay')
    expect(chat.body()).toContain('*$5.00* is still to be paid for order *#1*')
    expect(titles(chat)).toEqual(['💵 Cash', '🏦 Bank transfer', '💳 Online'])
    await chat.tap('Bank transfer')
    expect(chat.body()).toContain(bankDetails)
    await chat.say('cash')
    expect(chat.body()).toContain('You pay cash')
    expect(world.orders[0]?.payment?.method).toBe('CASH_ON_DELIVERY')
  })

  test('is picked from several', async () => {
    const world = worldWith()
    const chat = await ordered(world, 'Online')
    world.cart.set('espresso-1', 1)
    await ordered(world, 'Bank transfer', chat)
    await chat.say('pay')
    expect(titles(chat)).toEqual(['Order #2 · $2.50', 'Order #1 · $5.00'])
    await chat.tap('#1')
    await chat.tap('Online')
    expect(chat.last().replies[0]?.link?.body).toContain('Order #1')
    await chat.say('pay online')
    expect(titles(chat)).toEqual(['Order #2 · $2.50', 'Order #1 · $5.00'])
    await chat.tap('#2')
    expect(chat.last().replies[0]?.link?.url).toContain('https://pay.example/')
  })

  test('shows the status of its payment', async () => {
    const world = worldWith()
    const chat = await ordered(world, 'Bank transfer')
    await chat.say('my order')
    expect(chat.body()).toContain('⏳ Waiting for your payment of $5.00')
    expect(titles(chat)).toEqual(['Pay', 'Cancel order', 'Receipt'])
    await chat.send(image)
    await chat.say('my order')
    expect(chat.body()).toContain('🔎 The shop is checking your transfer')
    expect(titles(chat)).toEqual(['Cancel order', 'Receipt', 'Talk to a person'])
    const [order] = world.orders
    Object.assign(order!, { paymentStatus: 'PAID', paid: order!.total, due: { amount: 0, formatted: '$0.00' } })
    await chat.say('my order')
    expect(chat.body()).toContain('✅ Paid')
  })

  test('that does not accept the payment method shows its status', async () => {
    const world = worldWith()
    const chat = await ordered(world, 'Bank transfer')
    await chat.send(image)
    await chat.send({ kind: 'choice', id: 'pay-by:order-1:ONLINE', title: 'Online' })
    expect(chat.body()).toContain('cannot be paid that way now')
    expect(chat.body()).toContain('🔎')
  })

  test('does not exist when nothing is due; a full cart starts the checkout', async () => {
    const world = worldWith({ cart: new Map() })
    const chat = createChat(world)
    await chat.say('pay')
    expect(chat.body()).toContain('nothing to pay')
    world.cart.set('espresso-1', 1)
    await chat.say('pay')
    expect(chat.body()).toContain('How would you like to get your order?')
  })

  test('of another customer is not found', async () => {
    const chat = createChat(worldWith())
    for (const id of [
      'pay-order:theirs',
      'pay-by:theirs:ONLINE',
      'receipt:theirs',
      'proof:theirs:m',
      'problem:theirs:m',
    ]) {
      await chat.send({ kind: 'choice', id, title: 'Old' })
      expect(chat.body(), id).toContain('You have no orders yet')
    }
  })
})

describe('a photo', () => {
  test('is the proof of an awaited transfer', async () => {
    const world = worldWith()
    const chat = await ordered(world, 'Bank transfer')
    await chat.send(image)
    expect(chat.body()).toContain('proof of payment for order *#1*')
    expect(world.proofs).toEqual([{ orderId: 'order-1', messageId: expect.stringMatching(/^message-/) }])
    await chat.send({ kind: 'image', caption: 'the receipt of my payment' })
    expect(world.proofs).toHaveLength(2)
  })

  test('taken as a proof can be turned into a problem report', async () => {
    const world = worldWith()
    const chat = await ordered(world, 'Bank transfer')
    await chat.send(image)
    await chat.tap('Problem with #1')
    expect(world.problems).toEqual([{ orderId: 'order-1', messageId: world.proofs[0]?.messageId }])
    expect(chat.body()).toContain('*Corner Café* knows of the problem with order *#1*')
  })

  test('leads to a question when two transfers are awaited', async () => {
    const world = worldWith()
    const chat = await ordered(world, 'Bank transfer')
    world.cart.set('espresso-1', 1)
    await ordered(world, 'Bank transfer', chat)
    await chat.send(image)
    expect(world.proofs).toEqual([])
    await chat.tap('#1')
    expect(world.proofs).toMatchObject([{ orderId: 'order-1' }])
  })

  test('of a customer with an order leads to a question: proof, problem, or something else', async () => {
    const world = worldWith()
    const chat = await atSummary(world)
    await chat.tap('Confirm')
    await chat.send(image)
    expect(titles(chat)).toEqual(['Payment of #1', 'Problem with #1', 'Something else'])
    await chat.tap('Payment')
    expect(world.orders[0]?.payment).toMatchObject({ method: 'BANK_TRANSFER', status: 'PROOF_SUBMITTED' })
    await chat.send({ kind: 'choice', id: 'something-else', title: 'Something else' })
    expect(titles(chat)).toContain('Talk to a person')
  })

  test.each(['it came broken', 'falta un producto', 'c’est cassé', 'veio quebrado'])(
    'with “%s” below it asks what it is about',
    async (caption) => {
      const chat = await atSummary(worldWith())
      await chat.tap('Confirm')
      await chat.send({ kind: 'image', caption })
      expect(chat.choices().map((choice) => choice.id)).toContainEqual(
        expect.stringMatching(/^problem:order-1:message-/),
      )
    },
  )

  test('of a customer without orders is a search by its caption', async () => {
    const chat = createChat(buildWorld())
    await chat.send({ kind: 'image', caption: '2 espressos' })
    expect(chat.body()).toContain('Added 2 × Espresso')
    await chat.send(image)
    expect(chat.body()).toContain('cannot look at photos')
  })

  test('is refused politely when no payment accepts it', async () => {
    const world = worldWith()
    const chat = await atSummary(world)
    await chat.tap('Confirm')
    await chat.send(image)
    world.merchant.paymentMethods = ['CASH_ON_DELIVERY']
    await chat.tap('Payment')
    expect(chat.body()).toContain('could not take this as a proof')
    expect(titles(chat)).toContain('Talk to a person')
  })
})

describe('a problem', () => {
  test('is reported with the customer’s message', async () => {
    const world = worldWith()
    const chat = await atSummary(world)
    await chat.tap('Confirm')
    await chat.say('there is a problem with my order')
    expect(world.problems).toEqual([{ orderId: 'order-1', messageId: 'message-4' }])
    // The mutation hands the chat off to a person; the turn must not do so again.
    expect(chat.last().handoff).toBeNull()
  })

  test('leads to a question when there are several orders, and keeps the customer’s message', async () => {
    const world = worldWith()
    const chat = await atSummary(world)
    await chat.tap('Confirm')
    world.cart.set('espresso-1', 1)
    await atSummary(world, chat)
    await chat.tap('Confirm')
    await chat.say('something is missing')
    await chat.tap('#1')
    expect(world.problems).toEqual([{ orderId: 'order-1', messageId: 'message-7' }])
  })

  test('of a customer without orders is handed off to a person at once', async () => {
    const chat = createChat(buildWorld())
    await chat.say('I have a problem')
    expect(chat.last().handoff).toBe('CUSTOMER_ASKED')
  })
})

describe('a receipt', () => {
  test('is an invoice until the order is paid in full', async () => {
    const world = worldWith()
    const chat = await ordered(world, 'Online')
    await chat.say('invoice')
    for (const words of ['*Invoice* · Corner Café', 'Order #1', '2 × Espresso · $5.00', 'Total: *$5.00*', '💳 Online'])
      expect(chat.body()).toContain(words)
    expect(chat.body()).toContain('To pay: *$5.00*')
    const [order] = world.orders
    Object.assign(order!, { paymentStatus: 'PAID', paid: order!.total, due: { amount: 0, formatted: '$0.00' } })
    await chat.say('receipt')
    expect(chat.body()).toContain('*Receipt* · Corner Café')
    expect(chat.body()).toContain('Paid: $5.00')
    expect(chat.body()).not.toContain('To pay')
  })

  test('is picked from several orders, and fits for a long order', async () => {
    const products = Array.from({ length: 60 }, (_, n) => buildProduct(`p${n}`, `A long name ${n} ${'x'.repeat(70)}`))
    const world = worldWith({ products, cart: new Map(products.map((product) => [`${product.id}-1`, 1])) })
    const chat = await atSummary(world)
    await chat.tap('Confirm')
    world.cart.set('p1-1', 1)
    await atSummary(world, chat)
    await chat.tap('Confirm')
    await chat.say('receipt')
    await chat.tap('#1')
    expect(chat.body()).toContain('…and 20 items more')
    expect(chat.body()).toContain('Total: *$240.00*')
  })
})

describe('marketing messages', () => {
  test('are stopped and resumed', async () => {
    const world = buildWorld()
    const chat = createChat(world)
    await chat.say('STOP')
    expect(world.optedOut).toBe(true)
    expect(chat.body()).toContain('no more offers')
    await chat.say('start')
    expect(world.optedOut).toBe(false)
    expect(chat.body()).toContain('Welcome back')
  })

  test('stay unchanged after a goodbye, and “start” greets a customer who never opted out', async () => {
    const world = buildWorld()
    const chat = createChat(world)
    await chat.say('bye')
    expect(world.optedOut).toBe(false)
    await chat.say('start')
    expect(chat.body()).toContain('Welcome to *Corner Café*')
  })

  test('are resumed by a customer who opted out elsewhere', async () => {
    const world = buildWorld({ optedOut: true })
    const chat = createChat(world, { language: 'es' })
    await chat.say('alta')
    expect(world.optedOut).toBe(false)
  })
})

describe('other languages', () => {
  const conversations = [
    {
      language: 'fr',
      says: ['Bonjour', 'je voudrais deux croissants', 'commander', 'retrait', 'oui', 'payer', 'reçu', 'ma commande'],
      expects: ['Bienvenue', '2 × Croissant', 'recevoir', 'Retrait', 'Merci', 'payer', 'Facture', 'En attente'],
    },
    {
      language: 'pt',
      says: ['Olá', 'quero dois croissants', 'fazer pedido', 'retirada', 'sim', 'pagar', 'recibo', 'meu pedido'],
      expects: ['Boas-vindas', '2 × Croissant', 'receber', 'Retirada', 'Obrigado', 'pagar', 'Conta', 'Esperando'],
    },
    {
      language: 'es',
      says: ['Hola', 'quiero dos croissants', 'hacer pedido', 'recoger', 'sí', 'pagar', 'recibo', 'mi pedido'],
      expects: ['bienvenida', '2 × Croissant', 'recibir', 'Se recoge', 'Gracias', 'pagar', 'Cuenta', 'Esperando'],
    },
  ]
  test.each(conversations)('buy by typing alone ($language)', async ({ language, says, expects }) => {
    const world = worldWith({ cart: new Map() })
    const chat = createChat(world, { phone: null })
    for (const [index, words] of says.entries()) {
      await chat.say(words)
      expect(chat.body(), words).toContain(expects[index])
    }
    expect(chat.language()).toBe(language)
    expect(world.orders).toMatchObject([{ total: { amount: 600 } }])
  })

  test.each([
    ['parler à quelqu’un', 'fr'],
    ['falar com alguém', 'pt'],
    ['annuler ma commande', 'fr'],
    ['cancelar meu pedido', 'pt'],
    ['combien coûte la livraison ?', 'fr'],
    ['quanto custa a entrega?', 'pt'],
    ['français', 'fr'],
    ['em português', 'pt'],
  ])('hear “%s”', async (words, language) => {
    const chat = createChat(buildWorld(), { phone: null })
    await chat.say(words)
    expect(chat.language()).toBe(language)
    expect(chat.last().command).not.toBe('search')
  })
})
