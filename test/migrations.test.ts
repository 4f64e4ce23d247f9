import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { openConnection } from '../server/db/connection.ts'
import { openMigrator } from '../server/db/migrate.ts'
import { hasPendingMigrations } from '../server/db/pending-migrations.ts'
import { cloneDatabase, emptyDatabase } from './harness/database.ts'

test('the migrations make exactly what the Prisma schema describes', async () => {
  await using database = await cloneDatabase()
  const migrator = await openMigrator(database.url)
  expect(await migrator.diff()).toBeNull()
  expect(await migrator.deploy(), 'applied twice').toEqual([])
})

test('processes that start together do not hold each other up', async () => {
  await using database = await cloneDatabase()
  const begun = Date.now()
  for (let i = 0; i < 3; i++) await (await openMigrator(database.url)).deploy()
  expect(Date.now() - begun).toBeLessThan(5_000)
})

/** Runs `work` with our migrations and one more. */
async function withMigration(script: string, work: (migrationsDir: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'storeline-migrations-'))
  try {
    await cp('prisma/migrations', directory, { recursive: true })
    await mkdir(join(directory, NEXT))
    await writeFile(join(directory, NEXT, 'migration.sql'), script)
    await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
const NEXT = '99991231235959_next'

test('a migration that breaks off leaves nothing, and the next start applies it', async () => {
  await using database = await cloneDatabase()
  await using admin = await connectTo(database.url)
  await admin.query('CREATE TABLE ready (id int)')
  await withMigration('CREATE TABLE next (id int);\nSELECT 1 / count(*) FROM ready', async (migrationsDir) => {
    const deploy = async () => (await openMigrator(database.url, { migrationsDir })).deploy()
    for (let start = 0; start < 2; start++) await expect(deploy()).rejects.toThrow(/division by zero/)
    await admin.query('INSERT INTO ready VALUES (1)')
    expect(await deploy()).toEqual([NEXT])
    expect(await deploy()).toEqual([])
  })
})

test('a start that is cut off between a migration and its mark does not stop the next one', async () => {
  await using database = await cloneDatabase()
  await using admin = await connectTo(database.url)
  // Prisma counts the steps of a migration after its script has been committed: nothing gets further than that.
  await admin.query(
    `CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'cut off'; END $$`,
  )
  await admin.query(
    'CREATE TRIGGER cut_off BEFORE UPDATE OF applied_steps_count ON _prisma_migrations FOR EACH ROW EXECUTE FUNCTION cut_off()',
  )
  await withMigration('CREATE TABLE next (id int) -- without a semicolon', async (migrationsDir) => {
    const deploy = async () => (await openMigrator(database.url, { migrationsDir })).deploy()
    await expect(deploy()).rejects.toThrow(/cut off/)
    await admin.query('DROP TRIGGER cut_off ON _prisma_migrations')
    expect(await deploy()).toEqual([])
    expect((await admin.query('SELECT * FROM next')).rows).toEqual([])
  })
})

describe('a start looks for pending migrations without the engine, and finds', () => {
  test('none where all are applied', async () => {
    await using database = await cloneDatabase()
    await using client = await openConnection(database.url)
    expect(await hasPendingMigrations(client, 'prisma/migrations')).toBe(false)
  })

  test('those of a new database', async () => {
    await using database = await emptyDatabase()
    await using client = await openConnection(database.url)
    expect(await hasPendingMigrations(client, 'prisma/migrations')).toBe(true)
  })

  test('a new one, until it is applied', async () => {
    await using database = await cloneDatabase()
    await using client = await openConnection(database.url)
    await withMigration('CREATE TABLE next (id int)', async (migrationsDir) => {
      expect(await hasPendingMigrations(client, migrationsDir)).toBe(true)
      await (await openMigrator(database.url, { migrationsDir })).deploy()
      expect(await hasPendingMigrations(client, migrationsDir)).toBe(false)
    })
  })

  test.each([
    ['broke off', 'finished_at = NULL'],
    ['was rolled back', 'rolled_back_at = now()'],
  ])('one that %s', async (_name, change) => {
    await using database = await cloneDatabase()
    await using client = await openConnection(database.url)
    await client.query(`UPDATE _prisma_migrations SET ${change} WHERE migration_name LIKE '%_restores'`)
    expect(await hasPendingMigrations(client, 'prisma/migrations')).toBe(true)
  })

  test('none where a newer version has applied more', async () => {
    await using database = await cloneDatabase()
    await using client = await openConnection(database.url)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('next', '', '${NEXT}', now())`,
    )
    expect(await hasPendingMigrations(client, 'prisma/migrations')).toBe(false)
  })
})

async function connectTo(connectionString: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}
