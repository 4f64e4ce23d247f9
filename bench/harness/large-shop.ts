import type pg from 'pg'
import { seedEvents } from './long-log.ts'
import { seedShops, type Shop } from './town.ts'

const FIRST = ['Ana', 'Bruno', 'Camila', 'Diego', 'Elena', 'Felipe', 'Gabriela', 'Hugo', 'Inés', 'João', 'Karla', 'Luis', 'María', 'Noé', 'Olga', 'Pablo', 'Rosa', 'Sofía', 'Tomás', 'Valeria'] // prettier-ignore
const LAST = ['Álvarez', 'Barros', 'Castillo', 'Domínguez', 'Espinoza', 'Fernandes', 'García', 'Herrera', 'Ibáñez', 'Juárez', 'Lima', 'Martínez', 'Navarro', 'Oliveira', 'Pereira', 'Quispe', 'Ramírez', 'Santos', 'Torres', 'Vargas'] // prettier-ignore

/** A name that five customers have. */
export const RARE_NAME = 'Zubizarreta'

const SIZE = { customers: 50_000, orders: 200_000, events: 1_000_000 }
const QUICK_SIZE = { customers: 5_000, orders: 10_000, events: 50_000 }
export const sizeOfLargeShop = (quick: boolean): typeof SIZE => (quick ? QUICK_SIZE : SIZE)

const array = (words: readonly string[]): string => `(ARRAY['${words.join(`','`)}'])`
const nameAmong = (customers: number): string => `${array(FIRST)}[1 + i % 20] || ' '
  || CASE WHEN i % ${customers / 5} = 17 THEN '${RARE_NAME}' ELSE ${array(LAST)}[1 + i / 20 % 20] END || ' ' || chr(65 + i / 400 % 26)`

/** A shop of a size that few reach, with a log of years. Its customers have names of people. */
export async function seedLargeShop(client: pg.Client, quick: boolean): Promise<Shop> {
  const { customers, orders, events } = sizeOfLargeShop(quick)
  const name = nameAmong(customers)
  const [shop] = await seedShops(client, { shares: [1], products: 20, orders, customers, name })
  if (!shop) throw new Error('no shop was seeded')
  await seedEvents(client, shop.merchantId, events)
  return shop
}
