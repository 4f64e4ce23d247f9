import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import pg from 'pg'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import { withAdvisoryLock } from './advisory-lock.ts'

/**
 * Migrations by Prisma's own schema engine, compiled to WASM and driven over adapter-pg: nothing is downloaded, and the
 * `_prisma_migrations` table stays interchangeable with `prisma migrate deploy`.
 */
export type Migrator = {
  /** Applies what is pending, one process at a time (advisory lock); returns the names applied. */
  deploy: () => Promise<string[]>
  /** SQL that would bring the migrations up to the Prisma schema, or null when they agree. Needs CREATEDB. */
  diff: () => Promise<string | null>
  /** Writes `diff()` as a new migration folder; returns its name, or null when there is nothing to write. */
  create: (name: string) => Promise<string | null>
}

const LOCK_FILE = `provider = "postgresql"\n`

// Prisma marks a migration in statements of their own, and refuses for ever one that was cut off in between. Sent with the
// script, in its transaction, the mark is there if and only if the script's work is.
const MARK = 'UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL'
// So nothing is left of one without a mark. The lock is that of Prisma's engine, which may be at work elsewhere.
const FORGET_UNMARKED = `DO $$ BEGIN
  PERFORM pg_advisory_xact_lock(72707369);
  IF to_regclass('_prisma_migrations') IS NOT NULL THEN
    UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL;
  END IF;
END $$`

export async function openMigrator(
  url: string,
  { schemaDir = 'prisma/schema', migrationsDir = 'prisma/migrations' } = {},
): Promise<Migrator> {
  const SchemaEngine = await loadEngine()
  const names = (await readdir(schemaDir)).filter((name) => name.endsWith('.prisma')).toSorted()
  const files = await Promise.all(
    names.map(async (name) => {
      const path = resolve(schemaDir, name)
      return { path, content: await readFile(path, 'utf8') }
    }),
  )
  const filters = { externalTables: [], externalEnums: [] }
  const deploying = new Set<string>()
  const engine = await SchemaEngine.new(
    { datamodels: files.map((file) => [file.path, file.content]) },
    () => {},
    bindMigrationAwareSqlAdapterFactory(migrationAdapter(url, deploying)),
  )
  const lockPath = join(migrationsDir, 'migration_lock.toml')

  const migrations = async () => ({
    baseDir: resolve(migrationsDir),
    lockfile: { path: 'migration_lock.toml', content: LOCK_FILE },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      (await folders(migrationsDir)).map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok', value: await readFile(join(migrationsDir, path, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  })

  const diff = async () => {
    const from = { tag: 'migrations', ...(await migrations()) }
    const to = { tag: 'schemaDatamodel', files }
    const { stdout, exitCode } = await engine.diff({ from, to, script: true, exitCode: true, filters })
    return exitCode === 2 ? (stdout ?? '') : null
  }

  return {
    deploy: () =>
      withAdvisoryLock(url, 'migrating', async () => {
        const migrationsList = await migrations()
        for (const { migrationFile } of migrationsList.migrationDirectories) deploying.add(migrationFile.content.value)
        await runSql(url, FORGET_UNMARKED)
        const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters })
        return appliedMigrationNames
      }),
    diff,
    create: async (name) => {
      const script = await diff()
      if (script === null) return null
      const folder = `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}_${name}`
      await mkdir(join(migrationsDir, folder), { recursive: true })
      await writeFile(join(migrationsDir, folder, 'migration.sql'), script)
      if (!existsSync(lockPath)) await writeFile(lockPath, LOCK_FILE)
      return folder
    },
  }
}

type EngineModule = {
  SchemaEngine: { new: (options: object, log: (message: string) => void, factory: object) => Promise<Engine> }
  __wbg_set_wasm: (exports: WebAssembly.Exports) => void
}
type Engine = {
  applyMigrations: (input: object) => Promise<{ appliedMigrationNames: string[] }>
  diff: (input: object) => Promise<{ stdout: string | null; exitCode: number }>
}

let loading: Promise<EngineModule['SchemaEngine']> | undefined

/** The engine's bindings are one per process: a second instance would write into the memory of the first. */
function loadEngine(): Promise<EngineModule['SchemaEngine']> {
  loading ??= instantiateEngine()
  return loading
}

// The package imports its .wasm as an ES module, which Node 20 cannot; instantiate it by hand.
async function instantiateEngine(): Promise<EngineModule['SchemaEngine']> {
  const name = '@prisma/schema-engine-wasm/schema_engine_bg'
  const bindings = (await import(name)) as EngineModule
  const file = join(dirname(createRequire(import.meta.url).resolve(name)), 'schema_engine_bg.wasm')
  const { instance } = await WebAssembly.instantiate(await readFile(file), {
    './schema_engine_bg.js': bindings as unknown as WebAssembly.ModuleImports,
  })
  bindings.__wbg_set_wasm(instance.exports)
  ;(instance.exports.__wbindgen_start as () => void)()
  return bindings.SchemaEngine
}

type Connection = Awaited<ReturnType<PrismaPg['connect']>>

/** `deploying`: the scripts that are marked when they run on `url` itself. */
function migrationAdapter(url: string, deploying: ReadonlySet<string>) {
  // The engine takes a lock of its own and lets go of it only by disconnecting: an idle connection (10 s by default)
  // would keep the next process waiting as long.
  const connect = async (to: string, marked: ReadonlySet<string> = new Set()) =>
    adaptConnection(await new PrismaPg({ connectionString: to, idleTimeoutMillis: 10 }).connect(), marked)
  return {
    provider: 'postgres' as const,
    adapterName: '@prisma/adapter-pg',
    connect: () => connect(url, deploying),
    // PrismaPg's own shadow connection keeps the connectionString's database, i.e. the real one; make a true shadow.
    connectToShadowDb: async () => {
      const name = `shadow_${randomUUID().replaceAll('-', '')}`
      const shadow = new URL(url)
      shadow.pathname = `/${name}`
      await runSql(url, `CREATE DATABASE "${name}"`)
      const connection = await connect(shadow.href)
      const dispose = connection.dispose.bind(connection)
      connection.dispose = async () => {
        await dispose()
        await runSql(url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
      }
      return connection
    },
  }
}

type RawResult = { fields: { dataTypeID: number }[]; rows: unknown[][] }
type Internals = {
  performIO: (query: unknown) => Promise<RawResult>
  queryRaw: (query: unknown) => Promise<{ columnTypes: number[] }>
  onError: (error: unknown) => never
  underlyingDriver: () => { query: (sql: string) => Promise<unknown> }
}

const CHAR_OID = 18
const TEXT_OID = 25

function adaptConnection(connection: Connection, marked: ReadonlySet<string>): Connection {
  const inner = connection as unknown as Internals
  const performIO = inner.performIO.bind(connection)
  // adapter-pg has no mapping for Postgres' internal "char" type, which introspection returns: read it as text.
  Object.assign(connection, {
    queryRaw: async (query: unknown) => {
      let chars: number[] = []
      const view = Object.create(connection) as Internals
      view.performIO = async (io) => {
        const result = await performIO(io)
        chars = result.fields.flatMap((field, index) => (field.dataTypeID === CHAR_OID ? [index] : []))
        const fields = result.fields.map((field) =>
          field.dataTypeID === CHAR_OID ? { ...field, dataTypeID: TEXT_OID } : field,
        )
        return Object.assign(Object.create(result), { fields, rows: result.rows })
      }
      const output = await (Object.getPrototypeOf(connection) as Internals).queryRaw.call(view, query)
      for (const index of chars) output.columnTypes[index] = ColumnTypeEnum.Character
      return output
    },
    // adapter-pg splits scripts on every ';', which breaks functions; one simple query is also one transaction.
    executeScript: async (script: string) => {
      try {
        await inner.underlyingDriver().query(marked.has(script) ? `${script}\n;${MARK}` : script)
      } catch (error) {
        inner.onError(error)
      }
    },
  })
  return connection
}

async function folders(directory: string): Promise<string[]> {
  if (!existsSync(directory)) return []
  const entries = await readdir(directory, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted()
}

async function runSql(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(text)
  } finally {
    await client.end()
  }
}
