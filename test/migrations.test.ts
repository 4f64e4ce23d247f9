import { expect, test } from 'vitest'
import { openMigrator } from '../server/db/migrate.ts'
import { cloneDatabase } from './harness/database.ts'

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
