import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, startEmbeddedPostgres, type EmbeddedPostgres } from '../../server/db/embedded.ts'
import type { Demo } from '../../server/demo.ts'
import { graphqlClient } from '../harness/graphql-client.ts'
import { openLauncher, ready, until, type Launcher, type RunningProcess } from '../harness/processes.ts'
import { startRedis, type TestRedis } from '../harness/redis.ts'

let directory: string
let postgres: EmbeddedPostgres
let redis: TestRedis
let launcher: Launcher

const startPostgres = (port = 0) => startEmbeddedPostgres(join(directory, 'postgres'), { port })

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'storeline-starting-'))
  postgres = await startPostgres()
  redis = await startRedis()
  launcher = await openLauncher()
}, 120_000)

afterAll(async () => {
  await launcher?.[Symbol.asyncDispose]()
  await redis?.[Symbol.asyncDispose]()
  await postgres?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }'

/** Spawns a node with the demo and its own DATA_DIR, on the database and Redis that both nodes share. */
async function spawnNode(name: string): Promise<RunningProcess & { demo: () => Promise<Demo> }> {
  const dataDir = join(directory, name)
  const node = launcher.spawn('api', {
    DEMO: 'true',
    DATA_DIR: dataDir,
    PORT: String(await freePort()),
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    SECRET_KEY: 'the-secret-key-of-this-test',
    BOT_API_KEY: 'the-bot-key-of-this-test',
    LOG_LEVEL: 'warn',
  })
  return {
    ...node,
    demo: async () => JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8')) as Demo,
  }
}

test('two nodes that start while PostgreSQL is down log that they wait for it, and then seed the demo once for both', async () => {
  const port = Number(new URL(postgres.url).port)
  const gone = until('PostgreSQL is gone', () => {
    try {
      return !process.kill(postgres.pid, 0)
    } catch {
      return true
    }
  })
  // SIGKILL, so that PostgreSQL has to recover before it accepts connections.
  process.kill(postgres.pid, 'SIGKILL')
  await gone

  const nodes = await Promise.all([spawnNode('one'), spawnNode('two')])
  await until('both log that they wait for PostgreSQL', () =>
    nodes.every(({ output }) => output().includes('PostgreSQL cannot be used yet; waiting for it')),
  )
  expect(nodes.map(({ exit }) => exit())).toEqual([undefined, undefined])

  postgres = await startPostgres(port)
  await Promise.all(nodes.map((node) => ready(node, 'api')))
  const [one, two] = await Promise.all(nodes.map(({ demo }) => demo()))
  expect(one?.shops).toHaveLength(2)
  expect(two?.shops).toEqual(one?.shops)
  for (const { url } of nodes)
    for (const { staff, password, apiKey, slug } of one?.shops ?? []) {
      const [owner] = staff
      expect(await graphqlClient(url).run(SIGN_IN, { input: { email: owner?.email, password } })).toEqual({
        signIn: { __typename: 'Viewer' },
      })
      const client = graphqlClient(url, { authorization: `Bearer ${apiKey}` })
      expect(await client.run('{ merchant { slug } apiKeys { totalCount } }')).toEqual({
        merchant: { slug },
        apiKeys: { totalCount: 1 },
      })
    }
  for (const node of nodes) {
    node.kill('SIGTERM')
    expect(await node.exited).toEqual({ code: 0, signal: null })
  }
}, 150_000)
