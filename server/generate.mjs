// `npm run generate`: the Prisma client, the types Pothos reads, and typed GraphQL documents. Heard of only when it fails.
import { spawnSync } from 'node:child_process'
import { delimiter, resolve } from 'node:path'

const PATH = `${resolve('node_modules/.bin')}${delimiter}${process.env.PATH}`

for (const [program, ...args] of [
  ['prisma', 'generate'],
  ['graphql-codegen', '--config', 'codegen.ts'],
]) {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH },
    shell: process.platform === 'win32',
  })
  if (status === 0) continue
  process.stderr.write(`${program} ${args.join(' ')} failed.\n${error?.message ?? ''}${stdout}${stderr}`)
  process.exit(1)
}
