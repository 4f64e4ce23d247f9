import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { readConfig, PROCESS_ROLES, type Env } from '../../server/config.ts'
import type { AppContext } from '../../server/context.ts'
import { freePort } from '../../server/db/embedded.ts'
import { prepareDemo, type Demo } from '../../server/demo.ts'
import { startStoreline, type Storeline } from '../../server/storeline.ts'
import { cloneDatabase, type TestDatabase } from '../harness/database.ts'
import { builtPages } from './pages.ts'

export type DemoShops = AsyncDisposable & {
  /** Where the browser goes, without a slash at the end. */
  url: string
  shops: Demo['shops']
  stop: () => Promise<void>
  /** Starts again on the same data and port; `meanwhile` happens before anybody can connect. */
  start: (meanwhile?: (app: AppContext) => Promise<void>) => Promise<void>
}

const environmentOf = ({ url }: TestDatabase, dataDir: string): Env => ({
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  DATA_DIR: dataDir,
  DATABASE_URL: url,
  DATABASE_POOL_SIZE: '8',
})

/** Seeding takes seconds; the files of a worker copy what the first one seeds. */
let seeded: ReturnType<typeof seedOnce> | undefined

/** Seeds the demo shops into a database and a DATA_DIR, which end with the run. */
async function seedOnce(): Promise<{ database: string; dataDir: string }> {
  const dataDir = await mkdtemp(join(inject('scratch'), 'demo-'))
  const database = await cloneDatabase()
  const config = readConfig({ ...environmentOf(database, dataDir), PORT: String(await freePort()) })
  await using running = await startStoreline(config, { roles: ['api'], prepare: prepareDemo })
  // A copy has an identity of its own; Storeline would take it for a restored backup.
  await running.app.database.pool.query('DELETE FROM database_home')
  return { database: database.name, dataDir }
}

/**
 * Starts the same as `npm start`, with both demo shops, on a database and a port of its own. `pages: false` leaves out the
 * built dashboard and phone, for those who look at neither.
 */
export async function openDemoShops({ pages = true, env = {} as Env } = {}): Promise<DemoShops> {
  seeded ??= seedOnce()
  const [webDir, template, dataDir, port] = await Promise.all([
    pages ? builtPages() : 'none',
    seeded,
    mkdtemp(join(tmpdir(), 'storeline-journey-')),
    freePort(),
  ])
  const database = await cloneDatabase(template.database)
  await cp(template.dataDir, dataDir, { recursive: true })
  const config = readConfig({ ...environmentOf(database, dataDir), PORT: String(port), WEB_DIR: webDir, ...env })
  let running: Storeline | undefined
  const stop = async () => {
    await running?.[Symbol.asyncDispose]()
    running = undefined
  }
  const start = async (prepare: (app: AppContext) => Promise<void> = async () => undefined) => {
    running = await startStoreline(config, { roles: PROCESS_ROLES, prepare })
  }
  await start(prepareDemo)
  const demo = JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8')) as Demo
  return {
    url: config.publicUrl,
    shops: demo.shops,
    stop,
    start,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await database[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
