import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliver, inboundBody } from '../../../test/harness/whatsapp.ts'
import { startTestStoreline, type TestStoreline } from '../../../test/harness/storeline.ts'
import { deleteInBatches } from '../../db/delete-in-batches.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { PARTS, partOf } from '../merchants/parts.ts'
import { cleanUp } from './service.ts'

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline()
})
afterAll(() => storeline[Symbol.asyncDispose]())

const EVENTS =
  'subscription ($after: EventCursor) { events(after: $after) { __typename cursor ... on MessageReceivedEvent { message { text } } } }'

test('events beyond retention are deleted, and a reader with an older cursor gets a gap and continues', async () => {
  const { app, shop, graphql } = storeline
  const client = graphql(shop.key)
  const { merchant } = await client.run<{ merchant: { eventCursor: string } }>('{ merchant { eventCursor } }')
  for (const text of ['old', 'new']) {
    await deliver(storeline, inboundBody(shop.phoneNumberId, [{ from: '15550100111', text }]))
    await storeline.drain()
    if (text === 'old')
      await queryMerchant(app, shop.merchantId, `UPDATE event SET occurred_at = now() - interval '400 days'`)
  }
  await cleanUp(app)
  await cleanUp(app)
  await using events = client.subscribe(EVENTS, { after: merchant.eventCursor })
  const gap = (await events.next()).data?.events as { __typename: string; cursor: string }
  expect(gap.__typename).toBe('GapEvent')
  expect((await events.next()).data?.events).toMatchObject({
    __typename: 'MessageReceivedEvent',
    message: { text: 'new' },
  })
  await using resumed = client.subscribe(EVENTS, { after: gap.cursor })
  expect((await resumed.next()).data?.events).toMatchObject({ message: { text: 'new' } })
})

test('every part of many shops has its turn, also where the same hour is missed every day', () => {
  const hours = Array.from({ length: PARTS * 24 }, (_, hour) => new Date(hour * 3_600_000))
  const kept = hours.filter((at) => at.getUTCHours() !== 3)
  expect(new Set(kept.map(partOf)).size).toBe(PARTS)
})

test('idempotency keys are deleted after a day, not before', async () => {
  const { app, shop } = storeline
  const insert = (key: string, age: string) =>
    queryMerchant(
      app,
      shop.merchantId,
      `INSERT INTO idempotency_key (merchant_id, actor, key, operation, request_hash, created_at) VALUES ($1, 'SYSTEM', $2, 'test', '', now() - $3::interval)`,
      [shop.merchantId, key, age],
    )
  await insert('yesterday', '25 hours')
  await insert('today', '23 hours')
  await cleanUp(app)
  const kept = await queryMerchant<{ key: string }>(
    app,
    shop.merchantId,
    `SELECT key FROM idempotency_key WHERE actor = 'SYSTEM'`,
  )
  expect(kept).toEqual([{ key: 'today' }])
})

test('of many shops each is cleaned up in one hour of twenty-five; few are cleaned up every hour', async () => {
  const { app, shop } = storeline
  const insert = `INSERT INTO idempotency_key (merchant_id, actor, key, operation, request_hash, created_at)
    VALUES ($1, 'SYSTEM', 'old', 'test', '', now() - interval '2 days') ON CONFLICT DO NOTHING`
  const isKept = async () =>
    (await queryMerchant(app, shop.merchantId, `SELECT 1 FROM idempotency_key WHERE key = 'old'`)).length > 0
  const hours: number[] = []
  for (let part = 0; part < PARTS; part++) {
    await queryMerchant(app, shop.merchantId, insert, [shop.merchantId])
    await cleanUp(app, { part, few: 0 })
    if (!(await isKept())) hours.push(part)
  }
  expect(hours).toHaveLength(1)
  await queryMerchant(app, shop.merchantId, insert, [shop.merchantId])
  await cleanUp(app, { part: ((hours[0] ?? 0) + 1) % PARTS })
  expect(await isKept()).toBe(false)
})

test('all outdated rows are deleted in batches, and no others', async () => {
  const { app, shop } = storeline
  await queryMerchant(
    app,
    shop.merchantId,
    `INSERT INTO idempotency_key (merchant_id, actor, key, operation, request_hash)
     SELECT $1, 'BATCHES', n::text, 'test', '' FROM generate_series(1, 25) n`,
    [shop.merchantId],
  )
  const outdated = { table: 'idempotency_key', condition: `actor = 'BATCHES' AND key::int > 3`, batch: 10 }
  expect(await deleteInBatches(app, shop.merchantId, outdated)).toBe(22)
  expect(await queryMerchant(app, shop.merchantId, `SELECT FROM idempotency_key WHERE actor = 'BATCHES'`)).toHaveLength(
    3,
  )
})

test('failed jobs and ended invitations are deleted after their retention, except jobs that are retried', async () => {
  const { app, shop } = storeline
  const { merchantId } = shop
  const dead = (name: string, columns: string) =>
    queryMerchant(
      app,
      merchantId,
      `INSERT INTO dead_job (id, merchant_id, queue, name, job_id, payload, reason, attempts, failed_at, retried_at, succeeded_at)
       SELECT gen_random_uuid(), $1, 'relay', $2::text, $2, '{}', 'no', 1, ${columns}`,
      [merchantId, name],
    )
  await dead('old', `now() - interval '31 days', NULL, NULL`)
  await dead('fresh', `now() - interval '29 days', NULL, NULL`)
  await dead('mended long ago', `now() - interval '60 days', now() - interval '40 days', now() - interval '31 days'`)
  await dead('mended lately', `now() - interval '31 days', now(), now()`)
  await dead('running again', `now() - interval '31 days', now(), NULL`)
  for (const [email, ended] of [
    ['old@shop.example', `now() - interval '91 days'`],
    ['fresh@shop.example', `now() - interval '89 days'`],
  ])
    await queryMerchant(
      app,
      merchantId,
      `INSERT INTO invitation (id, merchant_id, email, role, token_hash, invited_by, expires_at)
       VALUES (gen_random_uuid(), $1, $2, 'VIEWER', convert_to($2, 'UTF8'), 'SYSTEM', ${ended})`,
      [merchantId, email],
    )
  await cleanUp(app)
  const jobs = await queryMerchant<{ name: string }>(app, merchantId, 'SELECT name FROM dead_job ORDER BY name')
  expect(jobs.map(({ name }) => name)).toEqual(['fresh', 'mended lately', 'running again'])
  expect(await queryMerchant(app, merchantId, 'SELECT email FROM invitation')).toEqual([
    { email: 'fresh@shop.example' },
  ])
})
