import { execFileSync } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { expect, inject, test } from 'vitest'
import { readableStack } from './stack-traces.ts'

const DEEP = './deep.ts'
const SOURCES = {
  'deep.ts': `// A comment that the bundle lacks.
export function refuse(why: string): never {
  throw new TypeError(why)
}
`,
  'main.ts': `import { createLogger } from '${resolve('server/logger.ts')}'
import { refuse } from '${DEEP}'

type Order = { id: string }

const placeOrder = ({ id }: Order) =>
  refuse('é ' + id)

try {
  placeOrder({ id: '1' })
} catch (error) {
  createLogger('info').error({ err: error, raw: (error as Error).stack }, 'failed')
}
`,
}

/** What a program logs about its error, when it is bundled as the server is. */
async function logOf(sourcemap: 'linked' | false): Promise<{ folder: string; raw: string; stack: string[] }> {
  const folder = await mkdtemp(join(inject('bundles'), 'stacks-'))
  for (const [name, text] of Object.entries(SOURCES)) await writeFile(join(folder, name), text)
  await build({
    entryPoints: [join(folder, 'main.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap,
    sourcesContent: false,
    outfile: join(folder, 'dist/main.js'),
  })
  const line = execFileSync(process.execPath, [join(folder, 'dist/main.js')], { encoding: 'utf8' })
  const { err, raw } = JSON.parse(line) as { err: { message: string; stack: string }; raw: string }
  expect(err.message).toBe('é 1')
  return { folder, raw, stack: err.stack.split('\n') }
}

test('a logged stack leads to the sources of the bundle', async () => {
  const { folder, raw, stack } = await logOf('linked')
  expect(raw).toMatch(/at refuse \(file:.*dist\/main\.js:\d+:\d+\)/)
  expect(stack.slice(0, 4)).toEqual([
    'TypeError: é 1',
    `    at refuse (${join(folder, 'deep.ts')}:3:9)`,
    `    at placeOrder (${join(folder, 'main.ts')}:7:3)`,
    `    at ${join(folder, 'main.ts')}:10:3`,
  ])
})

test('a stack without a source map stays as it is', async () => {
  const { raw, stack } = await logOf(false)
  expect(stack.join('\n')).toBe(raw)
  const gone = `Error: gone\n    at place (${pathToFileURL(resolve('no-such-bundle.js')).href}:3:1)`
  expect(readableStack(gone)).toBe(gone)
})
