import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from './embedded.ts'
import { openMigrator } from './migrate.ts'

// `npm run migration -- <name>` writes what prisma/schema has over prisma/migrations as a new migration. It compares on a
// PostgreSQL of its own, so no database of yours is touched.
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const [name = '', ...rest] = process.argv.slice(2)
if (!/^[a-z][a-z0-9_]{2,59}$/.test(name) || rest.length > 0) {
  process.stderr.write(
    'Usage: npm run migration -- <name>, with a name such as "add_refunds" (a-z, 0-9 and _, 3 to 60 characters).\n',
  )
  process.exit(1)
}

const directory = await mkdtemp(join(tmpdir(), 'storeline-migration-'))
try {
  await using postgres = await startEmbeddedPostgres(join(directory, 'postgres'), { notice: say })
  const folder = await (await openMigrator(postgres.url)).create(name)
  if (folder) report(folder, await readFile(join('prisma/migrations', folder, 'migration.sql'), 'utf8'))
  else say('The migrations already make what prisma/schema describes; nothing was written.')
} finally {
  await rm(directory, { recursive: true, force: true })
}

function report(folder: string, sql: string): void {
  say(`Wrote prisma/migrations/${folder}/migration.sql. Read it: a rename looks like a drop and an add.`)
  const tables = [...sql.matchAll(/^CREATE TABLE "(\w+)" \(([\s\S]*?)^\);/gm)].map(([, table = '', body = '']) => ({
    table,
    body,
  }))
  for (const { table, body } of tables) {
    if (!body.includes('"merchant_id"')) {
      say(`\n"${table}" has no merchant_id: every shop can read it. If that is not meant, give it one.`)
      continue
    }
    say(`\nAdd to it, so that every shop sees only its own rows:
ALTER TABLE "${table}" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "${table}" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "${table}" USING (merchant_id = app_merchant_id()) WITH CHECK (merchant_id = app_merchant_id());`)
  }
  say('\nThen run "npm run generate" and "npm test".')
}
