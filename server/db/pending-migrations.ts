import { readdir } from 'node:fs/promises'
import type pg from 'pg'

const APPLIED = `SELECT migration_name AS name, finished_at IS NOT NULL AS finished FROM _prisma_migrations
  WHERE rolled_back_at IS NULL`
const UNDEFINED_TABLE = '42P01'

/** Names of the migrations in a folder, the oldest first. */
export async function migrationNames(migrationsDir: string): Promise<string[]> {
  const entries = await readdir(migrationsDir, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
}

/**
 * Whether Prisma's engine has something to do: a migration that is not applied, or one that broke off. It decides by the
 * table of the engine and by names, as the engine does; a start without migrations then does without the engine's 41 MB.
 */
export async function hasPendingMigrations(
  client: Pick<pg.ClientBase, 'query'>,
  migrationsDir: string,
): Promise<boolean> {
  try {
    const { rows } = await client.query<{ name: string; finished: boolean }>(APPLIED)
    const applied = new Set(rows.map(({ name }) => name))
    return (
      !rows.every(({ finished }) => finished) ||
      !(await migrationNames(migrationsDir)).every((name) => applied.has(name))
    )
  } catch (error) {
    if ((error as { code?: string }).code === UNDEFINED_TABLE) return true
    throw error
  }
}
