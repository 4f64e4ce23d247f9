import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { graphqlClient } from '../harness/graphql-client.ts'
import { createTestShop, type TestShop } from '../harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { deliver, inboundBody, newWamid } from '../harness/whatsapp.ts'

const LOCK_MS = 9_000
const MEASURE_MS = 6_000
const LOCKED = '15550100701'

let storeline: TestStoreline
let other: TestShop
beforeAll(async () => {
  // The default number of connections of an installation.
  storeline = await startTestStoreline({ runtime: 'redis', roles: ['api'], env: { DATABASE_POOL_SIZE: '16' } })
  other = await createTestShop(storeline.app)
}, 90_000)
afterAll(() => storeline?.[Symbol.asyncDispose]())

const p95 = (durations: number[]): number =>
  durations.toSorted((a, b) => a - b)[Math.floor(durations.length * 0.95)] ?? Number.NaN

test('a locked conversation delays only its own messages, and none of them is lost', async () => {
  const { url, app, shop } = storeline
  const target = { url, app }
  const write = (to: TestShop, from: string, wamid = newWamid()) =>
    deliver(target, inboundBody(to.phoneNumberId, [{ from, text: 'hello', wamid }]))
  const client = graphqlClient(url, other.key)

  /** The duration of work of another shop and of another conversation: p95 in ms. All work must succeed. */
  const measure = async () => {
    const durations: number[] = []
    const timed = async (work: () => Promise<boolean>) => {
      const startedAt = performance.now()
      expect(await work()).toBe(true)
      durations.push(performance.now() - startedAt)
    }
    for (const end = Date.now() + MEASURE_MS; Date.now() < end; await delay(20)) {
      await timed(async () => !(await client.send('{ merchant { name } }')).errors)
      await timed(async () => (await write(other, '15550100702')).status === 200)
      await timed(async () => (await write(shop, '15550100703')).status === 200)
    }
    return p95(durations)
  }

  const first = newWamid()
  expect((await write(shop, LOCKED, first)).status).toBe(200)
  await measure()
  const before = await measure()
  const lock = new pg.Client({ connectionString: app.database.url })
  lock.on('error', () => {})
  await lock.connect()
  await lock.query('BEGIN')
  await lock.query(`SELECT set_config('app.merchant_id', $1, true)`, [shop.merchantId])
  const { rowCount } = await lock.query(
    'SELECT 1 FROM conversation WHERE id = (SELECT conversation_id FROM message WHERE wamid = $1) FOR UPDATE',
    [first],
  )
  expect(rowCount).toBe(1)
  const lockedAt = Date.now()
  const wamids = Array.from({ length: 24 }, newWamid)
  const answers = wamids.map((wamid) => write(shop, LOCKED, wamid))
  const meanwhile = await measure()
  const statuses = (await Promise.all(answers)).map((answer) => [answer.status, answer.headers.get('retry-after')])
  await delay(Math.max(0, LOCK_MS - (Date.now() - lockedAt)))
  await lock.query('COMMIT')
  await lock.end()
  const after = await measure()

  // WhatsApp is asked to deliver the webhooks again after 5 s, and does.
  expect(new Set(statuses.map(String))).toEqual(new Set(['503,5']))
  for (const wamid of wamids) expect((await write(shop, LOCKED, wamid)).status).toBe(200)
  const rows = await queryMerchant<{ wamid: string }>(
    app,
    shop.merchantId,
    'SELECT wamid FROM message WHERE wamid = ANY($1)',
    [wamids],
  )
  expect(rows.map(({ wamid }) => wamid).toSorted()).toEqual(wamids.toSorted())
  expect(meanwhile).toBeLessThan(2 * Math.max(before, after))
}, 90_000)
