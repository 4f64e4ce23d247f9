import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig, PROCESS_ROLES, type Env } from '../../server/config.ts'
import type { AppContext } from '../../server/context.ts'
import { freePort } from '../../server/db/embedded.ts'
import { prepareDemo, type Demo } from '../../server/demo.ts'
import { startStoreline, type Storeline } from '../../server/storeline.ts'
import { cloneDatabase } from '../harness/database.ts'
import { builtPages } from './pages.ts'

export type DemoShops = AsyncDisposable & {
  /** Where the browser goes, without a slash at the end. */
  url: string
  shops: Demo['shops']
  stop: () => Promise<void>
  /** Starts again on the same data and port; `meanwhile` happens before anybody can connect. */
  start: (meanwhile?: (app: AppContext) => Promise<void>) => Promise<void>
}

/**
 * Starts the same as `npm start`, with both demo shops, on a database and a port of its own. `pages: false` leaves out the
 * built dashboard and phone, for those who look at neither.
 */
export async function openDemoShops({ pages = true, env = {} as Env } = {}): Promise<DemoShops> {
  const [webDir, database, dataDir, port] = await Promise.all([
    pages ? builtPages() : 'none',
    cloneDatabase(),
    mkdtemp(join(tmpdir(), 'storeline-journey-')),
    freePort(),
  ])
  const config = readConfig({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    PORT: String(port),
    DATA_DIR: dataDir,
    WEB_DIR: webDir,
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '8',
    ...env,
  })
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
