// `npm run check:quick [-- <commit>]`: types, lint, format, generated files, and the tests that the change touches: what is
// not committed, or the last commit when everything is; or everything since <commit>. `npm run check` remains the whole.
import { execFileSync, spawn } from 'node:child_process'
import { sourceFiles } from './source-files.ts'
import { touchedTests } from './touched-tests.ts'

const git = (...args: string[]): string[] =>
  execFileSync('git', args, { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')

function changedFiles(since: string | undefined): string[] {
  const untracked = git('ls-files', '--others', '--exclude-standard')
  const changed = [...git('diff', '--name-only', since ?? 'HEAD'), ...untracked]
  return changed.length > 0 || since ? changed : git('diff', '--name-only', 'HEAD~1')
}

/** Runs a command to its end; shows its output only when it fails. Returns whether it succeeded. */
async function step(name: string, command: string, args: readonly string[]): Promise<boolean> {
  const begun = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const code = await new Promise<number | null>((ended) => child.once('close', ended))
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name}, ${seconds} s`)
  if (code !== 0) console.log(Buffer.concat(output).toString())
  return code === 0
}

/** Steps one after the other; a later one runs although an earlier one failed, so that one run tells everything. */
async function inOrder(steps: readonly (() => Promise<boolean>)[]): Promise<boolean> {
  let isFine = true
  for (const run of steps) isFine = (await run()) && isFine
  return isFine
}

const changed = changedFiles(process.argv[2])
const tests = touchedTests(changed, sourceFiles())
console.log(`${changed.length} changed files touch ${tests.length} test files:`)
for (const path of tests) console.log(`     ${path}`)

const types = (config: string, name: string) => () =>
  step(`types of ${name}`, 'tsc', [
    '-p',
    config,
    '--incremental',
    '--tsBuildInfoFile',
    `node_modules/.cache/${name}.tsbuildinfo`,
  ])

// Two at a time, for two cores: types on one, everything else on the other.
const [typed, tested] = await Promise.all([
  inOrder([types('tsconfig.json', 'server'), types('web/tsconfig.json', 'web')]),
  inOrder([
    () => step('lint', 'oxlint', []),
    () => step('format', 'oxfmt', ['--check', '.']),
    () => step('generated files', 'npm', ['run', '--silent', 'check:generated']),
    () => step('tests', 'vitest', ['run', '--reporter=dot', ...tests]),
  ]),
])
process.exitCode = typed && tested ? 0 : 1
