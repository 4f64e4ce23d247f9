import { inBulk } from './bulk.ts'
import type { Site } from './site.ts'
import { seedShops, type Shop } from './town.ts'

const FIRST = ['Ana', 'Bruno', 'Camila', 'Diego', 'Elena', 'Felipe', 'Gabriela', 'Hugo', 'Inés', 'João', 'Karla', 'Luis', 'María', 'Noé', 'Olga', 'Pablo', 'Rosa', 'Sofía', 'Tomás', 'Valeria'] // prettier-ignore
const LAST = ['Álvarez', 'Barros', 'Castillo', 'Domínguez', 'Espinoza', 'Fernandes', 'García', 'Herrera', 'Ibáñez', 'Juárez', 'Lima', 'Martínez', 'Navarro', 'Oliveira', 'Pereira', 'Quispe', 'Ramírez', 'Santos', 'Torres', 'Vargas'] // prettier-ignore

/** A name that five customers have. */
export const RARE_NAME = 'Zubizarreta'

// The number of a customer is in its seeded name.
const NAMES = `UPDATE customer SET name = f.name || ' ' || CASE WHEN c.n % $4 = 17 THEN '${RARE_NAME}' ELSE l.name END || ' ' || chr(65 + c.n / 400 % 26)
  FROM (SELECT id, substr(name, 10)::int AS n FROM customer WHERE merchant_id = $1) c, unnest($2::text[]) WITH ORDINALITY f (name, i), unnest($3::text[]) WITH ORDINALITY l (name, i)
  WHERE customer.id = c.id AND f.i = 1 + c.n % 20 AND l.i = 1 + c.n / 20 % 20`

/** A shop of a size that few reach, beside the others of the site. Its customers have names of people. */
export async function seedLargeShop(site: Site, size: { orders: number; customers: number }): Promise<Shop> {
  return inBulk(site.adminUrl, async (client) => {
    const [shop] = await seedShops(client, { shares: [1], products: 20, ...size })
    if (!shop) throw new Error('no shop was seeded')
    await client.query(NAMES, [shop.merchantId, FIRST, LAST, Math.floor(size.customers / 5)])
    return shop
  })
}
