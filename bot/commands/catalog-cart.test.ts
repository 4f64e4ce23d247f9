import { describe, expect, test } from 'vitest'
import { freshState } from '../state.ts'
import { createChat } from '../testing/chat.ts'
import { buildProduct, buildWorld } from '../testing/fake-storefront.ts'

describe('a cart from WhatsApp’s catalog', () => {
  test('is taken at current prices, and the missing items are named', async () => {
    const world = buildWorld()
    const chat = createChat(world)
    const items = [
      { sku: 'LATTE-2', quantity: 2 },
      { sku: 'CROISSANT-1', quantity: 9 },
      { sku: 'NOPE', quantity: 1 },
    ]
    await chat.send({ kind: 'cart', items })
    expect(Object.fromEntries(world.cart)).toEqual({ 'latte-2': 2 })
    expect(chat.body()).toContain('One item of your list is not available')
    expect(chat.body()).toContain('only 3 of *Croissant* left')
    expect(chat.body()).toContain('Subtotal: *$10.00*')
  })

  test('replaces the cart, with lines of one SKU summed; one of which nothing can be taken changes nothing', async () => {
    const world = buildWorld({ cart: new Map([['espresso-1', 2]]) })
    const chat = createChat(world)
    const items = ['LATTE-1', 'LATTE-2', 'LATTE-1'].map((sku) => ({ sku, quantity: 2 }))
    await chat.send({ kind: 'cart', items })
    expect(Object.fromEntries(world.cart)).toEqual({ 'latte-1': 4, 'latte-2': 2 })
    expect(chat.last().replies).toHaveLength(1)
    await chat.send({ kind: 'cart', items: [{ sku: 'CAKE-1', quantity: 1 }] })
    expect(Object.fromEntries(world.cart)).toEqual({ 'latte-1': 4, 'latte-2': 2 })
    expect(chat.body()).toContain('*Carrot cake* is sold out')
    expect(chat.body()).toContain('as it was before')
    await chat.send({ kind: 'cart', items: [] })
    expect(chat.body()).toContain('as it was before')
  })

  test.each([
    [
      'en',
      'One item of your list is not',
      '*Tea* is not on sale',
      '120 of *Rice* is more',
      '15 items did not fit',
      'Subtotal: *$200.00*',
    ],
    [
      'es',
      'Un artículo de tu lista ya no',
      '*Tea* ya no está a la venta',
      '120 de *Rice* es más',
      '15 artículos no cabían',
      'Subtotal: *$200.00*',
    ],
    [
      'fr',
      'Un article de votre liste n’est',
      '*Tea* n’est plus en vente',
      '120 de *Rice*, c’est plus',
      '15 articles ne tenaient',
      'Sous-total : *$200.00*',
    ],
    [
      'pt',
      'Um item da sua lista não',
      '*Tea* não está mais à venda',
      '120 de *Rice* é mais',
      '15 itens não couberam',
      'Soma: *$200.00*',
    ],
  ])('tells in %s which items of a long cart were left out and why, and the total', async (language, ...sentences) => {
    const many = Array.from({ length: 105 }, (_, n) => buildProduct(`p${n}`, `Product with a rather long name ${n}`))
    const rice = buildProduct('rice', 'Rice', { available: 500 })
    const world = buildWorld({ products: [rice, { ...buildProduct('tea', 'Tea'), archived: true }, ...many] })
    for (const { variants } of many.slice(50, 90)) for (const variant of variants) variant.available = 0
    const chat = createChat(world, { language, state: { ...freshState(), languageChosen: true } })
    const line = (sku: string, quantity = 1) => ({ sku, quantity })
    await chat.send({
      kind: 'cart',
      items: [line('NOPE'), line('TEA-1'), line('RICE-1', 120), ...many.map((_, n) => line(`P${n}-1`))],
    })
    expect(world.cart.size).toBe(50)
    for (const sentence of sentences) expect(chat.body()).toContain(sentence)
  })
})
