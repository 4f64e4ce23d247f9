import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemActor } from '../server/auth/actor.ts'
import { KEY_SCOPES, type Permission } from '../server/auth/permissions.ts'
import { buildServer } from '../server/build.ts'
import { readConfig, type Env } from '../server/config.ts'
import { createAppContext } from '../server/context.ts'
import { setKeyScopes } from '../server/features/api-keys/service.ts'
import { commitListeners } from '../server/features/commits.ts'
import { eventCatalogue } from '../server/features/events.ts'
import { cloneDatabase, type TestDatabase } from './harness/database.ts'
import { graphqlClient } from './harness/graphql-client.ts'
import { openLauncher, until } from './harness/processes.ts'
import { createTestShop, type TestShop } from './harness/shop.ts'
import { tenantDb } from './harness/tenant-db.ts'
import { LINES, type ListName } from './recipe/lists.ts'
import { root, trackedFiles } from './source-files.ts'

// README's "To add a feature", followed to the letter in a copy of the sources: a feature `refunds` with a table, a job,
// an event, a permission, an error and a sweep. Its files are in test/recipe/feature, its lines in test/recipe/lists.ts.
const FEATURE = join(root, 'test/recipe/feature')
const run = promisify(execFile)

let copy: string
let database: TestDatabase
let shop: TestShop
let env: Env

/** Runs a program of the copy; answers everything it printed, and whether it succeeded. */
async function inCopy(program: string, ...args: string[]): Promise<{ ok: boolean; output: string }> {
  const options = { cwd: copy, env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' } }
  return run(join(copy, 'node_modules/.bin', program), args, { ...options, maxBuffer: 1 << 25, timeout: 200_000 }).then(
    ({ stdout, stderr }) => ({ ok: true, output: stdout + stderr }),
    (error: { stdout?: string; stderr?: string }) => ({
      ok: false,
      output: `${error.stdout ?? ''}${error.stderr ?? ''}` || String(error),
    }),
  )
}

async function succeed(program: string, ...args: string[]): Promise<string> {
  const { ok, output } = await inCopy(program, ...args)
  if (!ok) throw new Error(`${program} ${args.join(' ')} failed:\n${output}`)
  return output
}

/** The text of a list with the lines of the feature, but for those of `without`. */
function withLines(list: string, text: string, without: readonly ListName[] = []): string {
  let result = text
  for (const [name, lines] of Object.entries(LINES)) {
    if (without.includes(name as ListName)) continue
    for (const line of lines) {
      if (line.list !== list) continue
      if (!result.includes(line.before)) throw new Error(`${list} has no ${JSON.stringify(line.before)} any more.`)
      result = result.replace(line.before, () => line.text + line.before)
    }
  }
  return result
}

const LISTS = [...new Set(Object.values(LINES).flatMap((lines) => lines.map(({ list }) => list)))]

async function writeLists(without: readonly ListName[] = []): Promise<void> {
  for (const list of LISTS)
    await writeFile(join(copy, list), withLines(list, await readFile(join(root, list), 'utf8'), without))
}

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'storeline-recipe-'))
  for (const path of trackedFiles()) {
    if (/^(docs\/images|test\/recipe)\//.test(path)) continue
    await mkdir(dirname(join(copy, path)), { recursive: true })
    await cp(join(root, path), join(copy, path))
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const entry of await readdir(FEATURE, { recursive: true })) {
    if (!entry.endsWith('.txt')) continue
    const target = join(copy, entry.replace(/\.txt$/, ''))
    await mkdir(dirname(target), { recursive: true })
    await cp(join(FEATURE, entry), target)
  }
  await writeLists()
  // The tests of lists ask git which files there are.
  await run('git', ['init', '--quiet'], { cwd: copy })

  const printed = await succeed('tsx', 'server/db/new-migration.ts', 'add_refunds')
  const policy = /^ALTER TABLE[\s\S]*?CREATE POLICY .*;$/m.exec(printed)?.[0] ?? ''
  const migration = join(copy, /prisma\/migrations\/\w+\/migration\.sql/.exec(printed)?.[0] ?? '')
  await writeFile(migration, `${await readFile(migration, 'utf8')}\n${policy}\n`)
  await succeed('prisma', 'generate')
  await succeed('tsx', 'server/print-schema.ts')
  await succeed('graphql-codegen', '--config', 'codegen.ts')

  database = await cloneDatabase()
  env = {
    NODE_ENV: 'test',
    DATABASE_URL: database.url,
    DATA_DIR: join(copy, '.data'),
    RATE_LIMIT_POINTS: '0',
    SECRET_KEY: 'the-secret-key-of-this-test',
    BOT_API_KEY: 'the-key-of-the-bots-in-this-test',
  }
  await using app = await createAppContext(readConfig({ ...env, LOG_LEVEL: 'silent' }), {
    databaseUrl: database.url,
    events: eventCatalogue,
    onCommit: commitListeners,
  })
  shop = await createTestShop(app)
  const { id } = await tenantDb(app.database, shop.merchantId).apiKey.findFirstOrThrow({ select: { id: true } })
  const scopes = [...KEY_SCOPES, 'refunds:read', 'refunds:write'] as Permission[]
  await setKeyScopes(app, systemActor(shop.merchantId), id, scopes)
}, 240_000)

afterAll(async () => {
  await database?.[Symbol.asyncDispose]()
  await rm(copy, { recursive: true, force: true, maxRetries: 5 })
})

const REFUND_FIELDS = '__typename ... on Refund { id amount isSettled } ... on Error { message }'
const EVENT_FIELDS = '__typename type ... on RefundRequestedEvent { amount payload }'

test('a feature added by the recipe answers queries, publishes its event, and its job runs', async () => {
  await using launcher = await openLauncher(copy)
  const storeline = await launcher.start('api,worker', env)
  const api = graphqlClient(storeline.url, shop.key)
  await using events = api.subscribe(`subscription { events(types: [refund_requested]) { ${EVENT_FIELDS} } }`)
  await events.connected

  const request = `mutation ($amount: Int!) { requestRefund(amount: $amount) { ${REFUND_FIELDS} } }`
  const { requestRefund } = await api.run<{ requestRefund: { id: string } }>(request, { amount: 500 })
  expect(requestRefund).toEqual({ __typename: 'Refund', id: expect.any(String), amount: 500, isSettled: false })
  expect(await api.run(request, { amount: 0 })).toEqual({
    requestRefund: { __typename: 'NothingToRefundError', message: 'Give back an amount above zero.' },
  })

  const event = {
    __typename: 'RefundRequestedEvent',
    type: 'refund_requested',
    amount: 500,
    payload: { refundId: requestRefund.id, amount: 500 },
  }
  expect(await events.next(20_000)).toEqual({ data: { events: event } })
  const log = await api.run(`{ eventLog(types: [refund_requested]) { edges { node { ${EVENT_FIELDS} } } } }`)
  expect(log).toEqual({ eventLog: { edges: [{ node: event }] } })

  await until('the refund is settled', async () => {
    const { refunds } = await api.run<{ refunds: unknown[] }>('{ refunds { id amount isSettled } }')
    return JSON.stringify(refunds) === JSON.stringify([{ id: requestRefund.id, amount: 500, isSettled: true }])
  })
}, 120_000)

describe('a line that is forgotten', () => {
  /** Starts the copy without the lines of a list; the process must end, and say why. */
  async function startWithout(name: ListName): Promise<string> {
    const outdir = join(copy, `dist.without-${name.replaceAll(' ', '-')}`)
    // Packages stay outside: these processes hardly start, and bundling takes longer than loading.
    await buildServer({
      checkout: copy,
      outdir,
      packages: 'external',
      sourcemap: false,
      plugins: [
        {
          name: 'without the lines of a list',
          setup: (bundler) =>
            bundler.onLoad({ filter: /\/server\/.*\.ts$/ }, async ({ path }) => {
              const list = LISTS.find((one) => join(copy, one) === path)
              if (!list) return null
              return { loader: 'ts', contents: withLines(list, await readFile(join(root, list), 'utf8'), [name]) }
            }),
        },
      ],
    })
    const child = run(process.execPath, [join(outdir, 'server/main.js'), '--roles', 'api,worker'], {
      cwd: copy,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, DEMO: 'false', PORT: '0', ...env } as NodeJS.ProcessEnv,
      timeout: 60_000,
    })
    const { stdout, stderr } = await child.catch((error: { stdout: string; stderr: string }) => error)
    return stdout + stderr
  }

  test.each<[ListName, string]>([
    [
      'GraphQL type of an event',
      'The event \\"refund_requested\\" has no GraphQL type RefundRequestedEvent; call eventType(...)',
    ],
    ['event', 'add its definition to server/features/events.ts'],
    ['job', 'Job \\"settle-refund\\" is implemented but not listed; add its definition to features/jobs.ts.'],
    [
      'processor',
      'Job \\"settle-refund\\" has no implementation; add implementJob(...) for it to features/processors.ts.',
    ],
  ])(
    'stops the start: %s',
    async (name, sentence) => {
      expect((await startWithout(name)).replaceAll('"', '\\"').replaceAll('\\\\', '\\')).toContain(sentence)
    },
    90_000,
  )

  // A permission without its line is refused by the compiler: `authorize` takes none but those of the table.
  test('fails a test that names it', async () => {
    await writeLists(Object.keys(LINES) as ListName[])
    await writeFile(
      join(copy, 'lists.config.ts'),
      `export default { resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
        test: { include: ['test/lists.test.ts', 'test/architecture.test.ts'], testTimeout: 60_000 } }\n`,
    )
    const { output } = await inCopy(
      'vitest',
      'run',
      '--config',
      'lists.config.ts',
      '--testNamePattern',
      'forgotten|is in the list of all|typed outcome',
    )
    for (const sentence of [
      'server/features/refunds/schema.ts',
      'server/features/refunds/events-schema.ts',
      'server/features/refunds/events.ts: refundRequested',
      'server/features/refunds/jobs.ts: settleRefundJob',
      'sweepRefunds',
      'NothingToRefundError',
    ])
      expect(output).toContain(sentence)
  }, 240_000)
})
