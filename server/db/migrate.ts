import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { openConnection } from './connection.ts'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import { withAdvisoryLock } from './advisory-lock.ts'
import { migrationNames } from './pending-migrations.ts'

/**
 * Runs migrations by Prisma's schema engine, compiled to WASM, over adapter-pg: nothing is downloaded, and the table
 * `_prisma_migrations` stays compatible with `prisma migrate deploy`.
 */
export type Migrator = {
  /** Applies pending migrations, one process at a time (advisory lock). Returns their names. */
  deploy: () => Promise<string[]>
  /** SQL of the changes that the migrations lack; null when they agree with the Prisma schema. Needs CREATEDB. */
  diff: () => Promise<string | null>
  /** Writes `diff()` as a new migration folder; returns its name, or null when there is nothing to write. */
  create: (name: string) => Promise<string | null>
}

const LOCK_FILE = `provider = "postgresql"\n`

// Prisma records the end of a migration in a statement of its own, and refuses for ever to continue when the process died
// before it. This statement runs in the transaction of the script, so the record exists if and only if its changes do.
const RECORD_FINISHED =
  'UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL'
// Hence an unfinished migration has left no changes. The lock is that of Prisma's engine, which may run in another process.
const ROLL_BACK_UNFINISHED = `DO $$ BEGIN
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
      (await migrationNames(migrationsDir)).map(async (path) => ({
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
        await runSql(url, ROLL_BACK_UNFINISHED)
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

/** Loads the engine once per process: a second instance would write into the memory of the first. */
function loadEngine(): Promise<EngineModule['SchemaEngine']> {
  loading ??= instantiateEngine()
  return loading
}

// The package imports its .wasm as an ES module, which Node 20 does not support.
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

/** `deploying`: the scripts whose end is recorded when they run on `url` itself, and not on a shadow database. */
function migrationAdapter(url: string, deploying: ReadonlySet<string>) {
  // The engine releases its lock only when it disconnects: the default idle timeout would make the next process wait for
  // 10 s.
  const connect = async (to: string, recorded: ReadonlySet<string> = new Set()) =>
    adaptConnection(await new PrismaPg({ connectionString: to, idleTimeoutMillis: 10 }).connect(), recorded)
  return {
    provider: 'postgres' as const,
    adapterName: '@prisma/adapter-pg',
    connect: () => connect(url, deploying),
    // PrismaPg's own shadow connection would use the database of the connection string, which is the real one.
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

function adaptConnection(connection: Connection, recorded: ReadonlySet<string>): Connection {
  const inner = connection as unknown as Internals
  const performIO = inner.performIO.bind(connection)
  // adapter-pg does not map PostgreSQL's internal type "char", which introspection returns: it is read as text.
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
    // adapter-pg splits scripts at every ';', which breaks functions. One simple query is also one transaction.
    executeScript: async (script: string) => {
      try {
        await inner.underlyingDriver().query(recorded.has(script) ? `${script}\n;${RECORD_FINISHED}` : script)
      } catch (error) {
        inner.onError(error)
      }
    },
  })
  return connection
}

async function runSql(url: string, text: string): Promise<void> {
  await using client = await openConnection(url)
  await client.query(text)
}
