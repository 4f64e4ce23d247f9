import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../server/db/embedded.ts'
import { openLauncher, type Launcher, type RunningProcess, until } from '../harness/processes.ts'

const ROLES = 'api,worker'

let directory: string
let launcher: Launcher
const unrelated: ChildProcess[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'storeline-embedded-'))
  launcher = await openLauncher()
})
afterAll(async () => {
  await launcher[Symbol.asyncDispose]()
  for (const unrelatedProcess of unrelated) unrelatedProcess.kill('SIGKILL')
  // No PostgreSQL keeps running after a failed test.
  const pid = await postmaster().catch(() => 0)
  if (pid && (await isPostgresOf(pid))) process.kill(pid, 'SIGQUIT')
  await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

const env = async () => ({ DATA_DIR: directory, PORT: String(await freePort()) })
const pidFile = () => join(directory, 'postgres/postmaster.pid')
const postmaster = async () => Number((await readFile(pidFile(), 'utf8')).split('\n')[0])
const isPostgresOf = async (pid: number) =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(join(directory, 'postgres'))
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Starts an unrelated process as the user of PostgreSQL, which considers only processes of its own user. */
function startUnrelated(): ChildProcess & { pid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']))
  const account = userInfo().uid === 0 ? { uid: id('-u'), gid: id('-g') } : {}
  const unrelatedProcess = spawn('sleep', ['600'], { stdio: 'ignore', ...account })
  unrelated.push(unrelatedProcess)
  return unrelatedProcess as ChildProcess & { pid: number }
}

async function crash(storeline: RunningProcess): Promise<void> {
  storeline.kill('SIGKILL')
  await storeline.exited
}

async function stop(storeline: RunningProcess): Promise<void> {
  storeline.kill('SIGTERM')
  expect(await storeline.exited, storeline.output()).toEqual({ code: 0, signal: null })
}

test('after a crash and a reboot it starts without ending unrelated processes that now have its process ids', async () => {
  const first = await launcher.start(ROLES, await env())
  await crash(first)
  const server = await postmaster()
  process.kill(server, 'SIGKILL')
  await until('PostgreSQL is gone', () => !isAlive(server))
  const [one, other] = [startUnrelated(), startUnrelated()]
  await writeFile(join(directory, 'storeline.pid'), String(one.pid))
  const [, ...lines] = (await readFile(pidFile(), 'utf8')).split('\n')
  await writeFile(pidFile(), [other.pid, ...lines].join('\n'))

  const second = await launcher.start(ROLES, await env())
  expect([one.exitCode, one.signalCode, other.exitCode, other.signalCode]).toEqual([null, null, null, null])
  await stop(second)
}, 120_000)

test('after a crash that leaves PostgreSQL running, the next start stops it and continues with its data', async () => {
  const first = await launcher.start(ROLES, await env())
  await crash(first)
  const left = await postmaster()
  expect(isAlive(left)).toBe(true)
  const second = await launcher.start(ROLES, await env())
  expect(isAlive(left)).toBe(false)
  await stop(second)
}, 120_000)

test('of two processes that start at the same time exactly one runs, and the other exits with an error that says what to do', async () => {
  const ports = [await env(), await env()]
  const starts = ports.map((one) => launcher.spawn(ROLES, one))
  const refused = await Promise.race(starts.map(async (one) => one.exited.then(() => one)))
  expect(refused.exit()).toEqual({ code: 1, signal: null })
  expect(refused.output()).toMatch(
    /^Storeline already runs on \S+( \(process \d+\))?\. Stop it first, or set another DATA_DIR and PORT\.$/m,
  )
  const kept = starts.find((one) => one !== refused) as RunningProcess
  await until('the other one is ready', async () => {
    expect(kept.exit(), kept.output()).toBeUndefined()
    return fetch(`${kept.url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  })
  const third = launcher.spawn(ROLES, await env())
  await third.exited
  expect(third.output()).toContain(`(process ${kept.pid})`)
  await stop(kept)
}, 120_000)
