// `prisma generate|validate|format` need no schema engine, yet the CLI tries to download one first; pointing it at any
// executable keeps these commands offline. Migrations run through server/db/migrate.ts or `prisma migrate deploy`.
if (['generate', 'validate', 'format'].some((command) => process.argv.includes(command))) {
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath
}
import { defineConfig } from 'prisma/config'

export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost:5432/storeline' },
})
