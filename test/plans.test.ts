import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AppContext } from '../server/context.ts'
import { authenticate } from '../server/auth/authenticate.ts'
import { queryMerchant } from '../server/db/merchant-query.ts'
import { relay } from '../server/events/relay.ts'
import { trimEvents } from '../server/events/retention.ts'
import { SMALLEST_CURSOR, trimDeliveries } from '../server/features/webhooks/deliveries/retention.ts'
import { dispatchWebhooks } from '../server/features/webhooks/deliveries/dispatch.ts'
import { execute, openTestApp, type TestApp } from './harness/app.ts'
import { cloneDatabase } from './harness/database.ts'
import { seedManyShops } from './harness/many-shops.ts'
import { recordPlans, type RecordedPlan } from './harness/plans.ts'
import { callReads } from './harness/statements.ts'
import { root, sourceFiles } from './source-files.ts'
import { documentOf, rootFields, withAt } from './tenancy/fields.ts'
import { idOf, MATRIX, type FieldRule } from './tenancy/matrix.ts'
import { createPopulatedShop, type PopulatedShop } from './tenancy/populate.ts'

/**
 * Among 2,000 shops, most of them tiny and one with 6,000 of everything, no statement may read more rows than this, however
 * many it returns, and whichever shop its plan was made for. The catalogue of the large shop, 1,000 products, stays below.
 */
const MOST_ROWS = 1_200

/** Statements that may read more, each with its reason. */
const EXEMPT: readonly { text: RegExp; because: string }[] = [
  { text: /LIMIT 10001\) counted$/, because: 'It counts, and stops at 10,001.' },
  { text: /^SELECT id FROM lookup\."merchant" ORDER BY/, because: 'Nightly work asks for every shop.' },
  {
    text: /^SELECT m\.id FROM lookup\."merchant" m WHERE m\.bot_online/,
    because: 'It names the shops that have to hear of the bot: all of them when it comes or goes.',
  },
  {
    text: /FROM audit_entry e WHERE .*(split_part|starts_with|subject_id)/s,
    because: 'People seldom filter the audit log; an index for each filter would burden every change of a shop.',
  },
  { text: /^WITH last_removable AS/, because: 'It runs at night and looks for events past their retention.' },
]

let testApp: TestApp
let plans: RecordedPlan[]
let large: PopulatedShop

beforeAll(async () => {
  const database = await cloneDatabase()
  await recordPlans.prepare(database.name)
  testApp = await openTestApp({ DATABASE_POOL_SIZE: '2' }, database)
  const { app } = testApp
  const small = await createPopulatedShop(app)
  large = await createPopulatedShop(app)
  await seedManyShops(database.name, large.merchantId)
  // Plans are made for the small shop, on connections that the large one uses next.
  await callEverything(app, small)
  plans = await recordPlans.during(app, () => callEverything(app, large))
}, 180_000)
afterAll(() => testApp[Symbol.asyncDispose]())

/** Every read, every root field of the API, and the work that runs by itself, on behalf of a shop. */
async function callEverything(app: AppContext, shop: PopulatedShop): Promise<void> {
  for (const { path } of sourceFiles().filter(
    ({ path, isTest }) => !isTest && /^server\/(?!emulator).*\/(queries|lookups)\.ts$/.test(path),
  )) {
    const exported = (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>
    await callReads(app, shop.merchantId, { path, exported })
  }
  await authenticate(app, shop.key)
  for (const field of rootFields.filter(({ operation }) => operation !== 'subscription')) {
    const { args = {}, ids = {} } = MATRIX[field.name] as FieldRule
    const all = Object.entries(ids).reduce((value, [path, kind]) => withAt(value, path, idOf(shop, kind)), args)
    for (const variables of [all, args]) await execute(app, shop.owner, documentOf(field), variables).catch(() => {})
  }
  await relay(app, shop.merchantId)
  await dispatchWebhooks(app, shop.merchantId)
  await trimEvents(app, shop.merchantId, { days: 30, readUpTo: SMALLEST_CURSOR })
  await trimDeliveries(app, shop.merchantId)
}

test('no statement scans the rows of all shops, or reads a large shop as a whole', () => {
  const faults = new Map<string, string[]>()
  for (const { text, faults: of } of plans) {
    const found = EXEMPT.some((one) => one.text.test(text)) ? [] : of(MOST_ROWS)
    if (found.length > 0) faults.set(text.replaceAll(/\s+/g, ' ').slice(0, 400), found)
  }
  expect(
    Object.fromEntries(faults),
    'Write the conditions so that an index answers them (server/graphql/list-sql.ts), or add the index by a migration.',
  ).toEqual({})
})

test('the statements of all features were seen, and every exemption is of use', () => {
  const texts = new Set(plans.map(({ text }) => text))
  expect(texts.size).toBeGreaterThan(200)
  for (const { text, because } of EXEMPT)
    expect(
      [...texts].some((one) => text.test(one)),
      because,
    ).toBe(true)
})

test('a scan of all shops and a filter over a whole shop would be seen', async () => {
  const { app } = testApp
  const seen = await recordPlans.during(app, async () => {
    await queryMerchant(app, large.merchantId, "SELECT count(*) FROM customer WHERE created_at + interval '0' < now()")
  })
  expect(seen.flatMap(({ faults }) => faults(MOST_ROWS))).not.toEqual([])
})
