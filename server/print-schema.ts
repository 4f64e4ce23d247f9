import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { buildSchema } from './features/schema.ts'
import { printSorted } from './graphql/print.ts'

// `npm run schema` writes server/schema.graphql from code; with --check it fails when the committed file differs.
const file = process.argv.find((argument) => argument.endsWith('.graphql')) ?? 'server/schema.graphql'
const printed = `${printSorted(buildSchema())}\n`
const differs = !existsSync(file) || readFileSync(file, 'utf8') !== printed
if (differs && !process.argv.includes('--check')) {
  writeFileSync(file, printed)
} else if (differs) {
  process.stderr.write(`${file} differs from the code. Run "npm run schema" and commit the result.\n`)
  process.exit(1)
}
