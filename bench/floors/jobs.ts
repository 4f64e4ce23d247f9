import { createHmac, randomUUID } from 'node:crypto'
import { constants, setPriority } from 'node:os'
import { Worker } from 'bullmq'
import pg from 'pg'
import { Pool } from 'undici'
import { scriptData } from '../harness/children.ts'

// BullMQ by hand: as many statements and the same request as our jobs, and nothing else. Started with what follows.
export type FloorOfJobs = {
  kind: 'webhook' | 'message'
  redisUrl: string
  databaseUrl: string
  queue: string
  url: string
  concurrency: number
  poolSize: number
}

const { kind, redisUrl, databaseUrl, queue, url, concurrency, poolSize } = await scriptData<FloorOfJobs>()
// As low as our workers.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize })
const http = new Pool(url, { connections: concurrency })
const KEY = Buffer.alloc(32, 7)

async function post(path: string, headers: Record<string, string>, body: string): Promise<string> {
  const response = await http.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return response.body.text()
}

const CLAIM_DELIVERY = `UPDATE webhook_delivery d SET leased_until = now() + interval '20 seconds' FROM webhook_endpoint e
  WHERE d.id = $1 AND e.id = d.endpoint_id AND d.next_attempt_at <= now() RETURNING d.body, e.url`
const RECORD = `WITH done AS (
    UPDATE webhook_delivery SET status = 'SUCCEEDED', attempt_count = attempt_count + 1, leased_until = NULL, next_attempt_at = NULL,
      finished_at = now() WHERE id = $1 RETURNING id, merchant_id, attempt_count)
  INSERT INTO webhook_attempt (id, merchant_id, delivery_id, number, started_at, duration_ms, status_code)
  SELECT gen_random_uuid(), merchant_id, id, attempt_count, now(), 1, 200 FROM done`

async function deliverWebhook(id: string): Promise<void> {
  const { rows } = await pool.query<{ body: string }>({ name: 'claim', text: CLAIM_DELIVERY, values: [id] })
  const body = rows[0]?.body ?? ''
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', KEY).update(`${id}.${timestamp}.${body}`).digest('base64')
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
  await post('/', headers, body)
  await pool.query({ name: 'record', text: RECORD, values: [id] })
}

const CLAIM_MESSAGE = `UPDATE message m SET attempts = attempts + 1, attempted_at = now() FROM conversation c
  WHERE m.id = $1 AND c.id = m.conversation_id AND m.status = 'QUEUED' RETURNING m.content, m.conversation_id`
const ACCEPT = `UPDATE message SET status = 'ACCEPTED', wamid = $2 WHERE id = $1 AND status = 'QUEUED'`
const APPEND = `WITH head AS (UPDATE event_counter c SET last = last + 1 FROM message m
    WHERE m.id = $1 AND c.merchant_id = m.merchant_id RETURNING c.merchant_id, c.last)
  INSERT INTO event (merchant_id, sequence, id, type, subject_id, data, actor)
  SELECT merchant_id, last, gen_random_uuid(), 'message_status_changed', $1, '{}', 'FLOOR' FROM head`

async function sendMessage(id: string): Promise<void> {
  const { rows } = await pool.query<{ content: object }>({ name: 'claim', text: CLAIM_MESSAGE, values: [id] })
  await post('/', { authorization: 'Bearer token' }, JSON.stringify(rows[0]?.content ?? {}))
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query({ name: 'accept', text: ACCEPT, values: [id, `wamid.${randomUUID()}`] })
    await client.query({ name: 'append', text: APPEND, values: [id] })
    await client.query('COMMIT')
  } finally {
    client.release()
  }
}

const work = kind === 'webhook' ? deliverWebhook : sendMessage
const worker = new Worker<{ id: string }>(queue, (job) => work(job.data.id), {
  connection: { url: redisUrl, maxRetriesPerRequest: null },
  concurrency,
  removeOnComplete: { count: 0 },
})
worker.on('failed', (_job, error) => void process.stderr.write(`${error.stack ?? error.message}\n`))
