import { describe, expect, test } from 'vitest'
import { createChat } from './testing/chat.ts'
import { buildProduct, buildWorld, money } from './testing/fake-storefront.ts'

describe('a purchase', () => {
  test('goes from a greeting to a placed order in English', async () => {
    const world = buildWorld()
    const chat = createChat(world)

    await chat.say('Hi')
    expect(chat.body()).toContain('Hi Ana! 👋 Welcome to *Corner Café*')
    await chat.tap('Browse')
    expect(chat.choices().map((choice) => choice.title)).toEqual(['Drinks', 'Bakery', 'All products'])
    await chat.tap('Drinks')
    await chat.tap('Espresso')
    expect(chat.last().replies[0]?.buttons?.imageUrl).toBe('https://shop.example/media/espresso.jpg')
    expect(chat.body()).toContain('$2.50')
    await chat.tap('Add to cart')
    await chat.tap('Keep shopping')
    await chat.tap('Drinks')
    await chat.tap('Latte')
    await chat.tap('Large')
    expect(chat.body()).toContain('1 × Latte, Large · $5.00')
    expect(chat.body()).toContain('Subtotal: *$7.50*')
    await chat.tap('Checkout')
    await chat.tap('Delivery')
    await chat.say('12 Elm Street, flat 3')
    expect(chat.body()).toContain('Total: *$10.00*')
    expect(chat.body()).toContain('12 Elm Street, flat 3')
    await chat.tap('Confirm')

    expect(chat.body()).toContain('order *#1*')
    expect(chat.body()).toContain('Mon, Nov 23, 10:30')
    expect(world.orders).toMatchObject([{ total: { amount: 1000 }, address: '12 Elm Street, flat 3' }])
    expect(world.cart.size).toBe(0)
    expect(world.conflicts).toBe(0)
  })

  test('goes from a greeting to a placed order in Spanish, by typing only', async () => {
    const world = buildWorld()
    const chat = createChat(world, { phone: '+5215550100' })

    await chat.say('Hola')
    expect(chat.body()).toContain('¡Hola, Ana! 👋')
    expect(chat.language()).toBe('es')
    await chat.say('quiero 2 croissant')
    expect(chat.body()).toContain('Añadido: 2 × Croissant ✅')
    await chat.say('pagar')
    await chat.say('recoger')
    expect(chat.body()).toContain('Se recoge en: 1 Market Square')
    await chat.say('sí')

    expect(chat.body()).toContain('¡Gracias! Tu pedido *#1* está hecho.')
    expect(world.orders).toMatchObject([{ fulfilment: 'PICKUP', total: { amount: 600 } }])
  })

  test('needs one message per answer', async () => {
    const chat = createChat(buildWorld())
    for (const words of ['hi', 'browse', 'latte', 'cart', 'orders', 'help', 'xyzzy', 'language', 'stop', 'human']) {
      await chat.say(words)
      expect(chat.last().replies, words).toHaveLength(1)
    }
  })
})

describe('browsing', () => {
  test('pages through many products with a row for more', async () => {
    const products = Array.from({ length: 20 }, (_, n) => buildProduct(`p${n}`, `Tea ${n}`))
    const chat = createChat(buildWorld({ products, categories: [] }))
    await chat.say('products')
    const seen = chat.choices().slice(0, 9)
    await chat.tap('More…')
    seen.push(...chat.choices().slice(0, 9))
    await chat.tap('More…')
    seen.push(...chat.choices())
    expect(seen.map((choice) => choice.title)).toEqual(products.map((product) => product.name))
  })

  test('pages through many categories', async () => {
    const categories = Array.from({ length: 15 }, (_, n) => ({ id: `c${n}`, name: `Shelf ${n}` }))
    const chat = createChat(buildWorld({ categories }))
    await chat.say('browse')
    expect(chat.choices()).toHaveLength(10)
    await chat.tap('More…')
    expect(chat.choices().map((choice) => choice.title)).toContain('Shelf 14')
  })

  test('offers no button for a sold-out variant', async () => {
    const chat = createChat(buildWorld())
    await chat.say('carrot cake')
    expect(chat.body()).toContain('Sold out for now')
    expect(chat.choices().map((choice) => choice.title)).toEqual(['More products', 'View cart'])
  })

  test('shows the remaining stock when it is low', async () => {
    const chat = createChat(buildWorld())
    await chat.say('croissant')
    expect(chat.body()).toContain('Only 3 left')
  })

  test('lists the variants of a product that has many', async () => {
    const products = [buildProduct('tea', 'Tea', { variantNames: ['Mint', 'Black', 'Green', 'Rooibos', 'Chai'] })]
    const chat = createChat(buildWorld({ products }))
    await chat.say('tea')
    await chat.tap('Rooibos')
    expect(chat.body()).toContain('Added 1 × Tea, Rooibos')
  })

  test('shows the catalog when a product no longer exists', async () => {
    const chat = createChat(buildWorld())
    await chat.send({ kind: 'choice', id: 'product:gone', title: 'Gone' })
    expect(chat.body()).toContain('no longer available')
    expect(chat.choices().length).toBeGreaterThan(0)
  })

  test('finds words typed without accents and in another order', async () => {
    const products = [...buildWorld().products, buildProduct('cafe', 'Café con leche')]
    const chat = createChat(buildWorld({ products }), { phone: '+34600000000' })
    await chat.say('cafe con leche')
    expect(chat.body()).toContain('*Café con leche*')
    await chat.say('leche cafes')
    expect(chat.body()).toContain('*Café con leche*')
  })

  test.each([
    ['2 x espresso', 2],
    ['espresso x2', 2],
    ['2x espresso', 2],
    ['two espressos please', 2],
    ['dos espressos por favor', 2],
    ['I would like three espressos', 3],
    ['an espresso', undefined],
  ])('understands “%s”', async (words, quantity) => {
    const world = buildWorld()
    await createChat(world).say(words)
    expect(world.cart.get('espresso-1')).toBe(quantity)
  })
})

describe('the cart', () => {
  const filled = () => buildWorld({ cart: new Map([['espresso-1', 2]]) })

  test('changes a line by rows and by a typed number', async () => {
    const world = filled()
    const chat = createChat(world)
    await chat.say('my cart')
    await chat.tap('Change cart')
    await chat.tap('Espresso')
    await chat.tap('One more')
    expect(world.cart.get('espresso-1')).toBe(3)
    await chat.tap('Change cart')
    await chat.tap('Espresso')
    await chat.tap('One less')
    expect(world.cart.get('espresso-1')).toBe(2)
    await chat.tap('Change cart')
    await chat.tap('Espresso')
    await chat.say('7')
    expect(world.cart.get('espresso-1')).toBe(7)
    await chat.tap('Change cart')
    await chat.tap('Espresso')
    await chat.tap('Remove')
    expect(world.cart.size).toBe(0)
    expect(chat.body()).toContain('Your cart is empty')
  })

  test('is emptied at once', async () => {
    const world = filled()
    const chat = createChat(world)
    await chat.say('empty my cart')
    expect(world.cart.size).toBe(0)
    await chat.say('checkout')
    expect(chat.body()).toContain('Your cart is empty')
  })

  test('adds to a quantity that was changed elsewhere meanwhile', async () => {
    const world = filled()
    const chat = createChat(world)
    await chat.say('cart')
    world.cart.set('espresso-1', 5)
    await chat.say('2 espresso')
    expect(world.cart.get('espresso-1')).toBe(7)
  })

  test('offers the remaining stock when there is not enough', async () => {
    const world = buildWorld()
    const chat = createChat(world)
    await chat.say('5 croissants')
    expect(chat.body()).toContain('only 3 of *Croissant* left')
    await chat.tap('Take 3')
    expect(world.cart.get('croissant-1')).toBe(3)
  })

  test('says that a line no longer exists', async () => {
    const chat = createChat(filled())
    await chat.send({ kind: 'choice', id: 'line:latte-1', title: 'Latte' })
    expect(chat.body()).toContain('no longer in your cart')
  })

  test('shows the subtotal of a long cart', async () => {
    const products = Array.from({ length: 30 }, (_, n) => buildProduct(`p${n}`, `Product with a rather long name ${n}`))
    const cart = new Map(products.map((product) => [`${product.id}-1`, 1]))
    const chat = createChat(buildWorld({ products, cart }))
    await chat.say('cart')
    expect(chat.body()).toContain('…and 20 items more')
    expect(chat.body()).toContain('Subtotal: *$120.00*')
    await chat.tap('Change cart')
    await chat.tap('More…')
    expect(chat.choices()).toHaveLength(10)
  })
})

describe('the checkout', () => {
  const ready = (overrides = {}) => buildWorld({ cart: new Map([['croissant-1', 2]]), ...overrides })
  const atSummary = async (world: ReturnType<typeof buildWorld>) => {
    const chat = createChat(world)
    await chat.say('checkout')
    await chat.tap('Pick-up')
    return chat
  }

  test('asks for the address at once where there is no pick-up, and remembers it', async () => {
    const world = ready({ merchant: { ...buildWorld().merchant, pickupAddress: null } })
    const chat = createChat(world)
    await chat.say('checkout')
    expect(chat.body()).toContain('Where shall we deliver?')
    await chat.say('x')
    expect(chat.body()).toContain('too short')
    await chat.say('4 Oak Lane')
    await chat.tap('Confirm')
    world.cart.set('espresso-1', 1)
    await chat.say('checkout')
    expect(chat.body()).toContain('4 Oak Lane')
    await chat.tap('Use this address')
    await chat.tap('Confirm')
    expect(world.orders.map((order) => order.address)).toEqual(['4 Oak Lane', '4 Oak Lane'])
  })

  test('takes a shared location as the address, with a map link', async () => {
    const world = ready()
    const chat = createChat(world)
    await chat.say('checkout')
    await chat.tap('Delivery')
    await chat.send({ kind: 'location', latitude: 40.5, longitude: -3.25, name: 'Home', address: 'Elm 3' })
    await chat.tap('Confirm')
    expect(world.orders[0]?.address).toBe('Home, Elm 3 https://maps.google.com/?q=40.5,-3.25')
  })

  test('keeps the map link of a place with a very long name', async () => {
    const world = ready()
    const chat = createChat(world)
    await chat.send({ kind: 'location', latitude: 1, longitude: 2, name: 'x'.repeat(900), address: null })
    await chat.tap('Confirm')
    expect(world.orders[0]?.address).toMatch(/… https:\/\/maps\.google\.com\/\?q=1,2$/)
  })

  test('stores a location for the next checkout when the cart is empty', async () => {
    const chat = createChat(buildWorld())
    await chat.send({ kind: 'location', latitude: 1, longitude: 2, name: null, address: null })
    expect(chat.body()).toContain('Shared location https://maps.google.com/?q=1,2')
  })

  test('shows the new total when a price changed, and places the order at it', async () => {
    const world = ready()
    const chat = await atSummary(world)
    for (const product of world.products) for (const variant of product.variants) variant.price = money(700)
    await chat.tap('Confirm')
    expect(chat.body()).toContain('The new total is *$14.00*')
    expect(world.orders).toHaveLength(0)
    await chat.tap('Confirm')
    expect(world.orders).toMatchObject([{ total: { amount: 1400 } }])
  })

  test('names the items that ran out and offers the remaining stock', async () => {
    const world = ready()
    const chat = await atSummary(world)
    for (const product of world.products) for (const variant of product.variants) variant.available = 1
    await chat.tap('Confirm')
    expect(chat.body()).toContain('• Croissant: you wanted 2, 1 left')
    await chat.tap('Take 1')
    expect(world.cart.get('croissant-1')).toBe(1)
  })

  test('says that the cart was emptied meanwhile', async () => {
    const world = ready()
    const chat = await atSummary(world)
    world.cart.clear()
    await chat.tap('Confirm')
    expect(chat.body()).toContain('Your cart is empty')
  })

  test('shows the order again when its button is tapped twice', async () => {
    const world = ready()
    const chat = await atSummary(world)
    const confirm = chat.choices()[0]
    await chat.tap('Confirm')
    await chat.send({ kind: 'choice', id: confirm?.id ?? '', title: 'Confirm order' })
    expect(chat.body()).toContain('Your order *#1* is already placed')
    expect(world.orders).toHaveLength(1)
  })

  test('shows the current summary when an old one is confirmed', async () => {
    const world = ready()
    const chat = await atSummary(world)
    await chat.send({ kind: 'choice', id: 'confirm:1', title: 'Confirm order' })
    expect(chat.body()).toContain('Total: *$6.00*')
    expect(world.orders).toHaveLength(0)
  })

  test('can be changed and left, and keeps the cart', async () => {
    const world = ready()
    const chat = await atSummary(world)
    await chat.tap('Change')
    await chat.tap('Delivery')
    await chat.say('9 Pine Road')
    expect(chat.body()).toContain('Delivery: $2.50')
    await chat.say('no')
    expect(chat.body()).toContain('nothing was ordered')
    expect(world.cart.size).toBe(1)
    await chat.say('yes')
    expect(world.orders).toHaveLength(0)
  })

  test('accepts commands while it awaits the address', async () => {
    const chat = createChat(ready())
    await chat.say('checkout')
    await chat.tap('Delivery')
    await chat.say('my cart')
    expect(chat.body()).toContain('Subtotal')
  })
})

describe('orders', () => {
  const withOrder = async () => {
    const world = buildWorld({ cart: new Map([['espresso-1', 1]]) })
    const chat = createChat(world)
    await chat.say('checkout')
    await chat.tap('Pick-up')
    await chat.tap('Confirm')
    return { world, chat }
  }

  test('are shown in friendly words and cancelled after a confirmation', async () => {
    const { world, chat } = await withOrder()
    await chat.say('where is my order?')
    expect(chat.body()).toContain('⏳ Waiting for the shop to confirm')
    await chat.tap('Cancel order')
    expect(chat.body()).toContain('Do you really want to cancel order *#1*?')
    expect(world.orders[0]?.status).toBe('PENDING')
    await chat.tap('Yes, cancel it')
    expect(chat.body()).toContain('Order *#1* is cancelled')
    expect(world.orders[0]?.status).toBe('CANCELLED')
    await chat.say('#1')
    expect(chat.choices().map((choice) => choice.title)).not.toContain('Cancel order')
  })

  test('cannot be cancelled once they are in delivery', async () => {
    const { world, chat } = await withOrder()
    await chat.say('cancel my order')
    Object.assign(world.orders[0] ?? {}, { status: 'IN_DELIVERY', allowedActions: [] })
    await chat.tap('Yes')
    expect(chat.body()).toContain('can no longer be cancelled')
    await chat.send({ kind: 'choice', id: 'cancel-order:order-1', title: 'Cancel order' })
    expect(chat.body()).toContain('can no longer be cancelled')
  })

  test('are listed when there are several, and found by number', async () => {
    const { world, chat } = await withOrder()
    world.cart.set('latte-1', 1)
    await chat.say('checkout')
    await chat.tap('Pick-up')
    await chat.tap('Confirm')
    await chat.say('my orders')
    expect(chat.choices().map((choice) => choice.title)).toEqual(['Order #2 · $4.00', 'Order #1 · $2.50'])
    await chat.tap('#1')
    expect(chat.body()).toContain('Espresso')
    await chat.say('order 2')
    expect(chat.body()).toContain('Latte, Small')
    await chat.say('#99')
    expect(chat.body()).toContain('cannot find that order')
  })

  test('invite to shop when there are none', async () => {
    const chat = createChat(buildWorld())
    await chat.say('status')
    expect(chat.body()).toContain('You have no orders yet')
    await chat.say('cancel')
    expect(chat.body()).toContain('You have no orders yet')
  })
})

describe('everything else', () => {
  test.each(['human', 'I want to talk to a human please', 'hablar con una persona', 'Talk to a person'])(
    'hands over on “%s”',
    async (words) => {
      const chat = createChat(buildWorld())
      await chat.say(words)
      expect(chat.last().handoff).toBe('CUSTOMER_ASKED')
    },
  )

  test('offers a person after two misunderstandings in a row; a match resets the count', async () => {
    const chat = createChat(buildWorld())
    await chat.say('qwertyuiop')
    expect(chat.body()).toContain('did not find anything')
    await chat.say('asdfghjkl')
    expect(chat.body()).toContain('Shall I fetch a person?')
    await chat.say('latte')
    await chat.say('zxcvbnm')
    expect(chat.body()).toContain('did not find anything')
  })

  test('keeps the chosen language, whatever language is written afterwards', async () => {
    const chat = createChat(buildWorld())
    await chat.say('language')
    await chat.tap('Español')
    expect(chat.last().language).toBe('es')
    await chat.say('hello')
    expect(chat.body()).toContain('¡Hola')
    await chat.say('English')
    expect(chat.body()).toContain('English from now on')
  })

  test('selects a choice by its typed number or title', async () => {
    const chat = createChat(buildWorld())
    await chat.say('browse')
    await chat.say('2')
    expect(chat.choices().map((choice) => choice.title)).toEqual(['Croissant', 'Carrot cake'])
    await chat.say('croissant')
    expect(chat.body()).toContain('*Croissant*')
  })

  test.each([
    [{ kind: 'image', caption: null }, 'cannot look at photos'],
    [{ kind: 'image', caption: 'cart' }, 'Your cart'],
    [{ kind: 'other', name: 'audio' }, 'I can read text'],
    [{ kind: 'text', text: '🤷' }, 'Please type'],
    [{ kind: 'choice', id: 'template-button', title: 'My cart' }, 'Your cart'],
    [{ kind: 'choice', id: '%', title: '' }, 'Welcome'],
    [{ kind: 'text', text: 'thanks!' }, 'You are welcome'],
    [{ kind: 'text', text: 'How much is the delivery?' }, 'Delivery costs $2.50'],
    [{ kind: 'text', text: 'Where are you located?' }, 'Pick-up is at 1 Market Square'],
    [{ kind: 'text', text: '¿Cuánto cuesta el envío?' }, 'El envío cuesta $2.50'],
    [{ kind: 'text', text: 'STOP' }, 'no more offers'],
    [{ kind: 'text', text: 'start' }, 'Welcome'],
    [{ kind: 'text', text: 'bye' }, 'Goodbye'],
  ] as const)('answers %j politely', async (message, words) => {
    const chat = createChat(buildWorld())
    await chat.send(message)
    expect(chat.body()).toContain(words)
  })

  test('does not answer a reaction', async () => {
    const chat = createChat(buildWorld())
    await chat.say('hi')
    await chat.send({ kind: 'other', name: 'reaction' })
    expect(chat.last().replies).toEqual([])
  })

  test('starts with a fresh state when the stored one is damaged or older', async () => {
    for (const state of [null, 7, 'x', [], { v: 0 }, { v: 1, misses: 'many' }]) {
      const chat = createChat(buildWorld(), { state })
      await chat.say('hi')
      expect(chat.body()).toContain('Welcome')
    }
  })
})
