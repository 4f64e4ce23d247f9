import { expect, test } from 'vitest'
import { execute, openTestApp } from '../../../test/harness/app.ts'
import { createTestShop } from '../../../test/harness/shop.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { MOST_COUNTED } from '../../graphql/list-sql.ts'

const LISTS = `query ($search: String) {
  customers(first: 2, filter: { search: $search }) { totalCount edges { node { name } } }
  orders(first: 2, filter: { search: $search }) { totalCount }
  paid: orders(first: 2, filter: { search: $search, status: [COMPLETED] }) { totalCount }
  conversations(first: 2, filter: { search: $search }) { totalCount } }`

test.each([
  ['few customers', 3],
  ['more customers than are looked up by id', 600],
  ['more customers than are counted', MOST_COUNTED + 5],
])('%s of a name are counted up to the limit, and so are their orders and conversations', async (_name, count) => {
  await using testApp = await openTestApp()
  const { app } = testApp
  const { merchantId, owner } = await createTestShop(app)
  const seed = (into: string, values: string, ...more: unknown[]) =>
    queryMerchant(app, merchantId, `INSERT INTO ${into} SELECT ${values}`, [merchantId, ...more])
  const customers = 'SELECT c.id, row_number() OVER (ORDER BY name) AS n FROM customer c'
  await seed(
    'customer (id, merchant_id, name)',
    `gen_random_uuid(), $1::uuid, name || n FROM (VALUES ('Ana ', $2::int), ('Ben ', 20)) names (name, count), generate_series(1, count) n`,
    count,
  )
  await seed(
    'conversation (id, merchant_id, customer_id, whatsapp_number_id)',
    `gen_random_uuid(), $1::uuid, c.id, w.id FROM (${customers}) c, whatsapp_number w`,
  )
  await seed(
    '"order" (id, merchant_id, number, customer_id, status, fulfilment, currency, subtotal, delivery_fee, total, updated_at)',
    `gen_random_uuid(), $1::uuid, n, c.id, (CASE WHEN n % 2 = 0 THEN 'COMPLETED' ELSE 'PENDING' END)::order_status, 'PICKUP', 'USD', 1, 0, 1, now() FROM (${customers}) c`,
  )
  const counted = async (search: string) =>
    Object.values(await execute<Record<string, { totalCount: number }>>(app, owner, LISTS, { search })).map(
      ({ totalCount }) => totalCount,
    )
  const most = Math.min(count, MOST_COUNTED + 1)
  expect(await counted('Ana')).toEqual([most, most, Math.floor(count / 2), most])
  expect(await counted('Ben')).toEqual([20, 20, 10, 20])
  expect(await counted('Zed')).toEqual([0, 0, 0, 0])
  // A single letter is in no index.
  expect((await counted('A'))[0]).toBe(most)
})
