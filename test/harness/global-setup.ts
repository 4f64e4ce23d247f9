import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../server/db/embedded.ts'
import { openMigrator } from '../../server/db/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Application role, on the cluster the tests share. */
    databaseUrl: string
    adminUrl: string
    template: string
    /** A folder that ends with the run. */
    scratch: string
    /** The same below node_modules, where bundles find the packages that they import. */
    bundles: string
  }
}

const TEMPLATE = 'storeline_template'

/** One PostgreSQL for the run, with a migrated template that every test file clones. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  ensureProgram('redis-server', 'redis-server')
  ensureProgram('redis-sentinel', 'redis-sentinel')
  ensureProgram('pgbouncer', 'pgbouncer')
  ensureProgram('haproxy', 'haproxy')
  ensureProgram('chromium-headless-shell', 'chromium-headless-shell')
  // Receivers of webhooks are documented in these languages, and run as documented.
  ensureProgram('python3', 'python3')
  ensureProgram('php', 'php-cli')
  const directory = await mkdtemp(join(tmpdir(), 'storeline-test-'))
  await mkdir('node_modules/.cache', { recursive: true })
  const bundles = await mkdtemp(resolve('node_modules/.cache/storeline-bundles-'))
  const postgres = await startEmbeddedPostgres(join(directory, 'postgres'), {
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
    notice: (line) => console.log(line),
  })
  const url = new URL(postgres.url)
  url.pathname = `/${TEMPLATE}`
  const admin = new pg.Client({ connectionString: postgres.adminUrl })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${TEMPLATE} OWNER storeline`)
  await (await openMigrator(url.href)).deploy()
  // The migrator's idle connection would keep the template from being cloned.
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [TEMPLATE])
  await admin.end()
  project.provide('databaseUrl', postgres.url)
  project.provide('adminUrl', postgres.adminUrl)
  project.provide('template', TEMPLATE)
  project.provide('scratch', directory)
  project.provide('bundles', bundles)
  return async () => {
    await postgres[Symbol.asyncDispose]()
    for (const folder of [directory, bundles]) await rm(folder, { recursive: true, force: true })
  }
}

/** Installs a Debian package when its program is missing and we may; says what it does. */
function ensureProgram(program: string, debianPackage: string): void {
  if (spawnSync('which', [program]).status === 0) return
  if (!existsSync('/usr/bin/apt-get') || userInfo().uid !== 0) {
    throw new Error(
      `The tests need "${program}". Install it (Debian: sudo apt-get install ${debianPackage}) and run them again.`,
    )
  }
  console.log(`Installing ${debianPackage}, which the tests need …`)
  const run = (args: string[]) =>
    execFileSync('apt-get', args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  run(['update'])
  run(['install', '-y', '--no-install-recommends', debianPackage])
}
