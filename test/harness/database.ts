import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

export type TestDatabase = AsyncDisposable & { url: string }

/** A database cloned from the migrated template; dropped, whoever is still connected, when disposed. */
export const cloneDatabase = (): Promise<TestDatabase> => createDatabase(`TEMPLATE ${inject('template')}`)

/** A database with nothing in it, not even tables. */
export const emptyDatabase = (): Promise<TestDatabase> => createDatabase('')

async function createDatabase(from: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await asAdmin(`CREATE DATABASE ${name} ${from} OWNER storeline`)
  const url = new URL(inject('databaseUrl'))
  url.pathname = `/${name}`
  return { url: url.href, [Symbol.asyncDispose]: () => asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

async function asAdmin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('adminUrl') })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
