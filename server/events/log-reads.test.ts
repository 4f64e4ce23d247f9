import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { explain } from '../../test/harness/explain.ts'
import { createTestShop } from '../../test/harness/shop.ts'
import { createLogReader } from './log.ts'

// What a read costs is counted in pages of 8 kB, which do not depend on the machine. 500 events of 100 bytes of data fill 15.
const EVENTS = 20_000
const PAGE = 500
const AT_MOST = 30

let testApp: TestApp
let client: pg.Client
let merchantId: string
let start: number
let rare: string

beforeAll(async () => {
  testApp = await openTestApp()
  ;({ merchantId } = await createTestShop(testApp.app))
  client = new pg.Client({ connectionString: testApp.app.database.url })
  await client.connect()
  await client.query(`SELECT set_config('app.merchant_id', $1, false)`, [merchantId])
  start = (await client.query('SELECT last::int AS last FROM event_counter')).rows[0].last
  // The middle of the log holds one event of a rare type.
  const { rows } = await client.query<{ subject: string }>(
    `INSERT INTO event (merchant_id, sequence, id, type, subject_id, data, actor)
     SELECT $1, $2::int + n, gen_random_uuid(), CASE WHEN n = $3::int / 2 THEN 'rare' ELSE 'type_' || n % 20 END,
       md5((n % 2000)::text)::uuid, jsonb_build_object('text', repeat('x', 88)), 'SYSTEM' FROM generate_series(1, $3::int) n
     RETURNING subject_id AS subject`,
    [merchantId, start, EVENTS],
  )
  rare = rows[EVENTS / 2 - 1]?.subject ?? ''
  await client.query('UPDATE event_counter SET last = last + $1', [EVENTS])
  await client.query('ANALYZE event')
})
afterAll(async () => {
  await client.end()
  await testApp[Symbol.asyncDispose]()
})

type Log = ReturnType<typeof createLogReader>

/** The events that a read of the log returns, and the pages that it reads. */
async function cost(read: (log: Log) => Promise<{ sequence: number }[]>) {
  const sent: { text: string; values: unknown[] }[] = []
  const log = createLogReader({
    query: (statement: { text: string; values: unknown[] }) => {
      sent.push(statement)
      return client.query(statement)
    },
  } as never)
  const events = await read(log)
  const [statement] = sent
  if (!statement) throw new Error('The read sent no statement.')
  const { buffers, nodes } = await explain(client, { ...statement, merchantId })
  return {
    sequences: events.map(({ sequence }) => sequence),
    buffers,
    sorted: nodes.some((node) => node['Node Type'] === 'Sort'),
  }
}

test.each([0, EVENTS / 2, EVENTS - PAGE])('a page after event %i of 20,000 costs the same', async (depth) => {
  const { sequences, buffers, sorted } = await cost((log) => log.after(merchantId, start + depth, PAGE))
  expect(sequences).toEqual(Array.from({ length: PAGE }, (_, n) => start + depth + n + 1))
  expect(buffers).toBeLessThanOrEqual(AT_MOST)
  expect(sorted).toBe(false)
})

test('a page of one type costs no more than its events', async () => {
  const { sequences, buffers } = await cost((log) => log.after(merchantId, 0, PAGE, ['rare', 'type_unknown']))
  expect(sequences).toEqual([start + EVENTS / 2])
  expect(buffers).toBeLessThanOrEqual(AT_MOST)
})

test('a page of some types is in order and complete', async () => {
  const { sequences } = await cost((log) => log.after(merchantId, start, 7, ['type_3', 'rare', 'type_5']))
  expect(sequences).toEqual([3, 5, 23, 25, 43, 45, 63].map((n) => start + n))
})

test('the events of a subject cost no more than they are', async () => {
  const { sequences, buffers, sorted } = await cost((log) => log.about(merchantId, rare, 200))
  expect(sequences).toHaveLength(EVENTS / 2000)
  expect(buffers).toBeLessThanOrEqual(AT_MOST)
  expect(sorted).toBe(false)
})
