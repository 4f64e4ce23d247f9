import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AppContext } from '../../context.ts'
import examples from './examples.json' with { type: 'json' }
import { PAGE_CSS, PAGE_JS, PLAYGROUND_POLICY, playgroundPage } from './page.ts'

type File = { type: string; text: string; zipped?: Promise<Buffer> }

const SCRIPT = 'text/javascript; charset=utf-8'
const STYLE = 'text/css; charset=utf-8'
/** One year: the path changes with the content. */
const CACHE_FOR_EVER = 'public, max-age=31536000, immutable'

let loading: Promise<Map<string, File>> | undefined

/** Loads GraphiQL as yoga bundles it: 9 MB, when the playground is first opened. */
const loadFiles = (): Promise<Map<string, File>> =>
  (loading ??= import('@graphql-yoga/render-graphiql/graphiql').then(
    ({ js, css, editorWorkerService, graphqlWorker, jsonWorker }) =>
      new Map<string, File>([
        ['graphiql.js', { type: SCRIPT, text: js }],
        ['graphiql.css', { type: STYLE, text: css }],
        ['editorWorkerService.worker.js', { type: SCRIPT, text: editorWorkerService }],
        ['graphql.worker.js', { type: SCRIPT, text: graphqlWorker }],
        ['json.worker.js', { type: SCRIPT, text: jsonWorker }],
        ['page.css', { type: STYLE, text: PAGE_CSS }],
        ['page.js', { type: SCRIPT, text: PAGE_JS }],
      ]),
  ))

const versionOf = (files: Map<string, File>): string => {
  const hash = createHash('sha256')
  for (const [name, { text }] of files) hash.update(`${name} ${text.length} `)
  return hash.update(PAGE_JS).update(PAGE_CSS).digest('base64url').slice(0, 12)
}

/** Whether to answer with the page: browsers ask for HTML, API clients do not. */
export const wantsPlayground = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' && (headers.accept ?? '').includes('text/html')

export function registerPlayground(server: FastifyInstance, app: AppContext) {
  server.get<{ Params: { version: string; name: string } }>('/playground/:version/:name', async (request, reply) => {
    const file = (await loadFiles()).get(request.params.name)
    if (!file) return reply.status(404).send({ error: 'There is nothing here.' })
    void reply.type(file.type).header('cache-control', CACHE_FOR_EVER).header('vary', 'accept-encoding')
    if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return reply.send(file.text)
    file.zipped ??= promisify(gzip)(file.text)
    return reply.header('content-encoding', 'gzip').send(await file.zipped)
  })
  return async (reply: FastifyReply): Promise<FastifyReply> => {
    const files = `/playground/${versionOf(await loadFiles())}`
    const page = playgroundPage(files, { tabs: examples, key: await demoKey(app) })
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', PLAYGROUND_POLICY)
      .header('cache-control', 'no-store')
      .send(page)
  }
}

/** The API key of the first demo shop, given to all visitors of a demo's playground; null in production. */
async function demoKey({ config }: AppContext): Promise<string | null> {
  if (!config.demo || config.production) return null
  const text = await readFile(join(config.dataDir, 'demo.json'), 'utf8').catch(() => null)
  return text && ((JSON.parse(text) as { shops: { apiKey: string }[] }).shops[0]?.apiKey ?? null)
}
