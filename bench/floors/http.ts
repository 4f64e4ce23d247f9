import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { scriptData } from '../harness/children.ts'
import { ORDER_BY_ID, ORDER_LIST } from './statements.ts'
import { placeOrder, transitionOrder } from './writes.ts'

/**
 * The least that could answer: node:http, pg, one statement that builds the JSON, and the same database role under the
 * same row-level security. One key, one shop, no GraphQL, no framework, no limits.
 */
const { databaseUrl, merchantId, authorization, poolSize } = await scriptData<{
  databaseUrl: string
  merchantId: string
  authorization: string
  poolSize: number
}>()

const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize, options: `-c app.merchant_id=${merchantId}` })

const read = async (name: string, text: string, values: unknown[]): Promise<string> =>
  (await pool.query<{ json: string }>({ name, text, values })).rows[0]?.json ?? 'null'

async function answer(path: string, body: () => Promise<{ [key: string]: string }>): Promise<string> {
  if (path === '/orders') return read('list', ORDER_LIST, [])
  if (path.startsWith('/orders/')) return read('one', ORDER_BY_ID, [path.slice('/orders/'.length)])
  if (path === '/place') return placeOrder(pool, merchantId, await body())
  return transitionOrder(pool, merchantId, await body())
}

const server = createServer((request, response) => {
  if (request.headers.authorization !== authorization) return void response.writeHead(401).end()
  const body = async () => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    return JSON.parse(text) as { [key: string]: string }
  }
  answer(request.url ?? '', body).then(
    (json) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) })
        .end(json),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
