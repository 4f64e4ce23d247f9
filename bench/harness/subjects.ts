import type { Subject } from './beside-floor.ts'
import { superuser } from './bulk.ts'
import { chooserByShare, repeatableRandom } from './random.ts'
import type { Shop } from './town.ts'

/** Ids of a table by shop, the newest first. */
async function idsByShop(adminUrl: string, text: string): Promise<Map<string, string[]>> {
  const client = await superuser(adminUrl)
  try {
    const { rows } = await client.query<{ merchantId: string; ids: string[] }>(text)
    return new Map(rows.map(({ merchantId, ids }) => [merchantId, ids]))
  } finally {
    await client.end()
  }
}

const RECENT = `SELECT merchant_id AS "merchantId", array_agg(id ORDER BY placed_at DESC) AS ids
  FROM (SELECT merchant_id, id, placed_at, row_number() OVER (PARTITION BY merchant_id ORDER BY placed_at DESC) AS n FROM "order") o WHERE n <= 200 GROUP BY 1`
const CUSTOMERS = `SELECT merchant_id AS "merchantId", array_agg(id ORDER BY created_at DESC) AS ids FROM customer GROUP BY 1`
const IN_STATUS = (status: string) =>
  `SELECT merchant_id AS "merchantId", array_agg(id ORDER BY placed_at DESC) AS ids FROM "order" WHERE status = '${status}' GROUP BY 1`

/** How shops are chosen: by their share, unless told otherwise. */
type Chooser = typeof chooserByShare<Shop>

/** `count` of the shops' latest orders. */
export async function recentOrders(
  adminUrl: string,
  shops: readonly Shop[],
  count: number,
  chooser: Chooser = chooserByShare,
): Promise<Subject[]> {
  const ids = await idsByShop(adminUrl, RECENT)
  const random = repeatableRandom(count)
  const choose = chooser(shops, random)
  return Array.from({ length: count }, () => {
    const shop = choose()
    const own = ids.get(shop.merchantId) ?? []
    return { shop, id: own[Math.floor(random() * own.length)] ?? '' }
  })
}

/** `count` different customers; a shop whose customers have all been chosen is passed over. */
export async function differentCustomers(
  adminUrl: string,
  shops: readonly Shop[],
  count: number,
  chooser: Chooser = chooserByShare,
): Promise<Subject[]> {
  const ids = await idsByShop(adminUrl, CUSTOMERS)
  const choose = chooser(shops, repeatableRandom(count + 1))
  const subjects: Subject[] = []
  for (let tries = 0; subjects.length < count && tries < count * 100; tries++) {
    const shop = choose()
    const id = ids.get(shop.merchantId)?.pop()
    if (id) subjects.push({ shop, id })
  }
  if (subjects.length < count) throw new Error(`The shops have only ${subjects.length} of ${count} customers`)
  return subjects
}

/** All orders in a status, in random order. */
export async function ordersInStatus(adminUrl: string, shops: readonly Shop[], status: string): Promise<Subject[]> {
  const ids = await idsByShop(adminUrl, IN_STATUS(status))
  const random = repeatableRandom(1)
  return shops
    .flatMap((shop) => (ids.get(shop.merchantId) ?? []).map((id) => ({ shop, id, at: random() })))
    .toSorted((a, b) => a.at - b.at)
}
