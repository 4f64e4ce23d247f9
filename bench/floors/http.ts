import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { scriptData } from '../harness/children.ts'
import { ORDER_BY_ID, ORDER_LIST } from './statements.ts'
import { openTenantPool } from './tenant-pool.ts'
import { acceptOrder, dispatchOrder, placeLines, placeOrder } from './writes.ts'

/** `keys` are pairs of an `authorization` header and the shop it is for. */
export type FloorOptions = {
  databaseUrl: string
  keys: [authorization: string, merchantId: string][]
  poolSize: number
}

/**
 * The least that could answer for many shops: node:http, pg, one statement that builds the JSON, and the same database role
 * under the same row-level security. Its keys are in memory; no GraphQL, no framework, no limits.
 */
const { databaseUrl, keys, poolSize } = await scriptData<FloorOptions>()
const shops = new Map(keys)
const asShop = openTenantPool({ databaseUrl, poolSize })

const read = (merchantId: string, name: string, text: string, values: unknown[]): Promise<string> =>
  asShop(merchantId, async (ask) => (await ask<{ json: string }>(name, text, values))[0]?.json ?? 'null')

type Body = { [key: string]: string }
const WRITES = {
  '/place': placeOrder,
  '/place-lines': placeLines,
  '/accept': acceptOrder,
  '/dispatch': dispatchOrder,
} as const

async function answer(merchantId: string, path: string, body: () => Promise<Body>): Promise<string> {
  if (path === '/orders') return read(merchantId, 'list', ORDER_LIST, [merchantId])
  if (path.startsWith('/orders/')) return read(merchantId, 'one', ORDER_BY_ID, [path.slice('/orders/'.length)])
  const write = WRITES[path as keyof typeof WRITES]
  const input = await body()
  return asShop(merchantId, (ask) => write(ask, merchantId, input))
}

const server = createServer((request, response) => {
  const merchantId = shops.get(request.headers.authorization ?? '')
  if (!merchantId) return void response.writeHead(401).end()
  const body = async () => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    return JSON.parse(text) as Body
  }
  answer(merchantId, request.url ?? '', body).then(
    (json) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) })
        .end(json),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
