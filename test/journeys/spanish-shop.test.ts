import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from './browser.ts'
import { openDashboard } from './dashboard.ts'
import { openDemoShops, type DemoShops } from './demo-shops.ts'
import { openPhone } from './phone.ts'

let demo: DemoShops
let browser: TestBrowser
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([openDemoShops(), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await demo[Symbol.asyncDispose]()
})

test('a shop in Mexico sells in Spanish and pesos, next door to a shop that sees nothing of it', async () => {
  const [roastery, taqueria] = demo.shops
  if (!roastery || !taqueria) throw new Error('Two demo shops are needed')
  const here = await openDashboard(browser, demo.url, { shop: taqueria })
  const nextDoor = await openDashboard(browser, demo.url, { shop: roastery })
  const phone = await openPhone(browser, demo.url, { shop: taqueria.name, viewport: { width: 375, height: 740 } })

  expect(await phone.say('hola')).toContain(taqueria.name)
  expect(await phone.pick('🛍️ Ver productos')).toContain('¿Qué te gustaría ver')
  expect(await phone.pick('Antojitos')).toMatch(/Elige|Toca/i)
  expect(await phone.pick('Guacamole con totopos')).toContain('$75.00')
  expect(await phone.tap('Grande')).toContain('Subtotal: $125.00')
  await phone.tap('Hacer pedido')
  expect(await phone.tap('A domicilio')).toContain('📍')
  expect(await phone.say('Calle del Sol 8, Colonia Norte')).toContain('Total: $160.00')
  expect(await phone.tap('Confirmar pedido')).toContain('#1001')

  await here.page.getByRole('row', { name: /#1001.*Guacamole.*\$160\.00/ }).waitFor()
  await here.page.getByRole('link', { name: '#1001' }).click()
  await here.page.getByRole('button', { name: 'Accept order' }).click()
  await phone.hears(`${taqueria.name} aceptó tu pedido #1001`)
  expect(await phone.say('¿dónde está mi pedido?')).toContain('Confirmado')

  // The language is the customer's choice.
  await phone.say('english')
  expect(await phone.say('cart')).toContain('Your cart is empty')
  await here.page.getByRole('button', { name: 'Start preparing' }).click()
  await phone.hears('Your order #1001 is being prepared')

  expect(await nextDoor.page.getByText('No orders yet').count()).toBe(1)
  await nextDoor.page.goto(`${demo.url}/orders/1001`)
  await nextDoor.page
    .getByText(/no such order|not found|does not exist/i)
    .first()
    .waitFor()
  expect([...here.offences, ...nextDoor.offences, ...phone.offences]).toEqual([])
})
