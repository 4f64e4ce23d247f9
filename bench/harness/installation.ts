import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { startEmbeddedPostgres } from '../../server/db/embedded.ts'
import { openMigrator } from '../../server/db/migrate.ts'
import { buildAll } from './build.ts'
import { inBulk, superuser } from './bulk.ts'
import { seedLargeShop } from './large-shop.ts'
import { openMeter, type Meter } from './meter.ts'
import { describeMachine } from './results.ts'
import { seedShops, zipfShares, type Shop } from './town.ts'

/**
 * Databases to copy, each seeded once a run: `empty` has tables and no shop, `town` the shops of a usual installation, and
 * `large` a shop beside them that has grown for years, as the first.
 */
export type Template = 'empty' | 'town' | 'large'
export type Database = AsyncDisposable & { databaseUrl: string; adminUrl: string; shops: readonly Shop[] }

/** What all scenarios of a run share: the built server, one PostgreSQL, and the databases that they get copies of. */
export type Installation = AsyncDisposable & {
  /** The built server. */
  main: string
  directory: string
  quick: boolean
  /** Cores, memory and versions. */
  machine: string
  meter: Meter
  /** Node options that write a CPU profile, when one was asked for. */
  profiling: string[]
  copyDatabase: (template: Template) => Promise<Database>
}

/** Shops of a usual installation, and orders of all of them together. */
const TOWN = { shops: 500, orders: 100_000, products: 20 }
const QUICK_TOWN = { shops: 100, orders: 5_000, products: 10 }
export const sizeOfTown = (quick: boolean): typeof TOWN => (quick ? QUICK_TOWN : TOWN)

/** The role that row-level security binds, which owns every database. */
const OWNER = 'storeline'

export async function openInstallation({
  quick,
  profile,
}: {
  quick: boolean
  profile?: string | undefined
}): Promise<Installation> {
  const building = buildAll()
  // Its failure is thrown where it is waited for.
  building.catch(() => {})
  const directory = await mkdtemp(join(tmpdir(), 'storeline-bench-'))
  const postgres = await startEmbeddedPostgres(join(directory, 'postgres'), {
    settings: {
      max_connections: '200',
      shared_buffers: '512MB',
      // A checkpoint in the middle of a round would hit one side only.
      max_wal_size: '8GB',
      checkpoint_timeout: '1h',
      shared_preload_libraries: 'pg_stat_statements',
    },
  })
  // However the run ends, the database does not outlive it.
  const killPostgres = () => void process.kill(postgres.pid, 'SIGINT')
  process.once('exit', killPostgres)
  const urlOf = (base: string, name: string): string => Object.assign(new URL(base), { pathname: `/${name}` }).href
  const maintenance = await superuser(postgres.adminUrl)
  const copy = async (name: string, template: string): Promise<void> => {
    await maintenance.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY OWNER ${OWNER}`)
  }
  let copies = 0

  await (await openMigrator(postgres.url)).deploy()
  await copy('empty', OWNER)
  const meter = await openMeter(postgres)

  const { shops, orders, products } = sizeOfTown(quick)
  const inTemplate = <T>(template: Template, work: (client: pg.Client) => Promise<T>): Promise<T> =>
    inBulk(urlOf(postgres.adminUrl, template), work)
  const seeds: Record<Template, () => Promise<readonly Shop[]>> = {
    empty: async () => [],
    town: async () => {
      await copy('town', 'empty')
      return inTemplate('town', (client) => seedShops(client, { shares: zipfShares(shops), orders, products }))
    },
    large: async () => {
      const others = await seeded('town')
      await copy('large', 'town')
      return [await inTemplate('large', (client) => seedLargeShop(client, quick)), ...others]
    },
  }
  const known: Partial<Record<Template, Promise<readonly Shop[]>>> = {}
  const seeded = (template: Template): Promise<readonly Shop[]> => (known[template] ??= seeds[template]())

  return {
    main: await building,
    directory,
    quick,
    machine: describeMachine(await versionsOf(maintenance)),
    meter,
    profiling: profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [],
    copyDatabase: async (template) => {
      const seededShops = await seeded(template)
      const name = `bench_${++copies}`
      await copy(name, template)
      return {
        databaseUrl: urlOf(postgres.url, name),
        adminUrl: urlOf(postgres.adminUrl, name),
        shops: seededShops,
        [Symbol.asyncDispose]: async () => void (await maintenance.query(`DROP DATABASE ${name} WITH (FORCE)`)),
      }
    },
    [Symbol.asyncDispose]: async () => {
      await meter[Symbol.asyncDispose]()
      await maintenance.end()
      process.off('exit', killPostgres)
      await postgres[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function versionsOf(client: pg.Client): Promise<{ postgres: string; redis: string }> {
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
  const redis = /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1]
  return { postgres: rows[0]?.server_version ?? 'unknown', redis: redis ?? 'unknown' }
}
