import { expect, test } from 'vitest'
import { openTestApp } from '../../test/harness/app.ts'
import { createTestShop } from '../../test/harness/shop.ts'
import { queryMerchant } from '../db/merchant-query.ts'
import { findOrders } from '../features/orders/queries.ts'
import { countOf, MOST_COUNTED } from './list-sql.ts'

test.each([
  ['as many rows as are counted', MOST_COUNTED, MOST_COUNTED],
  ['more rows', 3 * MOST_COUNTED, MOST_COUNTED + 1],
])('%s are counted up to the limit', async (_name, rows, counted) => {
  await using testApp = await openTestApp()
  const { merchantId } = await createTestShop(testApp.app)
  const text = countOf(`generate_series(1, ${rows}) row`)
  expect(await queryMerchant(testApp.app, merchantId, text)).toEqual([{ n: counted }])
  expect(await findOrders(testApp.app, merchantId, {}, null).count()).toBe(0)
})
