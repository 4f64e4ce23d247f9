import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { scriptData } from '../harness/children.ts'

/**
 * The least that could preview a template: node:http, one statement that reads it under the same row-level security, and
 * a replacement of its placeholders as they come. No types, no escaping, no limits, no GraphQL.
 */
const { databaseUrl, merchantId, authorization, poolSize } = await scriptData<{
  databaseUrl: string
  merchantId: string
  authorization: string
  poolSize: number
}>()

const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize, options: `-c app.merchant_id=${merchantId}` })
type Asked = { variables: { input: { templateId: string; values: { name: string; value: string }[] } } }

async function preview({ variables: { input } }: Asked): Promise<string> {
  const text = `SELECT content ->> 'body' AS body FROM template WHERE id = $1`
  const { rows } = await pool.query<{ body: string }>({ name: 'template', text, values: [input.templateId] })
  const body = input.values.reduce(
    (filled, { name, value }) => filled.replaceAll(`{{${name}}}`, value),
    rows[0]?.body ?? '',
  )
  return JSON.stringify({ data: { previewTemplate: { text: body, issues: [], content: { body } } } })
}

const server = createServer((request, response) => {
  if (request.headers.authorization !== authorization) return void response.writeHead(401).end()
  const answer = async () => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    return preview(JSON.parse(text) as Asked)
  }
  answer().then(
    (json) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) })
        .end(json),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
