import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { inject } from 'vitest'
import { buildServer } from '../../server/build.ts'
import type { Env } from '../../server/config.ts'
import { freePort } from '../../server/db/embedded.ts'

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

/** One process of Storeline, started the way an operator starts it. */
export type RunningProcess = {
  pid: number
  /** Where it listens, when it has a role that does. */
  url: string
  /** Everything it has printed. */
  output: () => string
  kill: (signal: NodeJS.Signals) => void
  exited: Promise<Exit>
  /** Undefined while it lives. */
  exit: () => Exit | undefined
}

export type Launcher = AsyncDisposable & {
  /** Starts a process with these roles; resolves when it is ready. @throws with its output when it is not within 75 s. */
  start: (roles: string, env?: Env) => Promise<RunningProcess>
  /** The same, without waiting for anything; `more` are further arguments. */
  spawn: (roles: string, env?: Env, more?: string[]) => RunningProcess
}

/** Starting takes seconds; on a machine that others use, too, much longer. */
const READY_MS = 75_000

const ENTRY = 'server/main.js'

/** By checkout; the files of a worker share them. They end with the run. */
const bundles: Record<string, Promise<string>> = {}

/** Builds the server of a checkout as `npm run build` does; answers the folder. */
async function bundleOf(checkout: string): Promise<string> {
  // The bundle finds the packages outside it from where it lies, so it must lie inside the checkout.
  const bundle = await mkdtemp(join(checkout === '.' ? inject('bundles') : resolve(checkout), 'server-'))
  await buildServer({ checkout, outdir: bundle, sourcemap: false })
  return bundle
}

/**
 * Builds the server of a checkout as `npm run build` does and starts processes of it. Disposing kills every one that is
 * left.
 */
export async function openLauncher(checkout = '.'): Promise<Launcher> {
  const bundle = await (bundles[checkout] ??= bundleOf(checkout))
  const children = new Set<ChildProcess>()
  // Also when the test run itself is ended from outside.
  const killAll = () => children.forEach((child) => child.kill('SIGKILL'))
  process.once('exit', killAll)

  const launch = (roles: string, env: Env = {}, more: string[] = []): RunningProcess => {
    const child = spawn(process.execPath, [join(bundle, ENTRY), '--roles', roles, ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: checkout,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NODE_ENV: 'test',
        DEMO: 'false',
        LOG_LEVEL: 'info',
        ...env,
      },
    })
    children.add(child)
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()))
    let exit: Exit | undefined
    const exited = new Promise<Exit>((done) =>
      child.once('exit', (code, signal) => {
        exit = { code, signal }
        children.delete(child)
        done(exit)
      }),
    )
    return {
      pid: child.pid ?? 0,
      url: `http://127.0.0.1:${env.PORT}`,
      output: () => text,
      kill: (signal) => void child.kill(signal),
      exited,
      exit: () => exit,
    }
  }

  return {
    spawn: launch,
    start: async (roles, env = {}) => {
      const started = launch(roles, { PORT: String(await freePort()), ...env })
      await ready(started, roles)
      return started
    },
    [Symbol.asyncDispose]: async () => {
      const ending = [...children].map((child) => new Promise((done) => child.once('exit', done)))
      killAll()
      await Promise.all(ending)
      process.off('exit', killAll)
    },
  }
}

/** Resolves when the process says so: an edge by /readyz, a worker or a bot by its log. */
export async function ready(started: RunningProcess, roles: string): Promise<void> {
  const listens = /api|emulator/.test(roles)
  const isReady = listens
    ? () => isOk(`${started.url}/readyz`)
    : async () => /"ready"|"bot started"/.test(started.output())
  const look = async () => {
    if (started.exit()) throw new Error(`${roles} ended while starting:\n${started.output()}`)
    return isReady()
  }
  await until(`${roles} is ready`, look, READY_MS).catch((error: Error) => {
    throw new Error(`${error.message}\n${started.output()}`, { cause: error })
  })
}

const isOk = (url: string): Promise<boolean> =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false,
  )

/** Looks again and again until `holds` answers something true, and returns it. @throws after `timeoutMs`. */
export async function until<T>(what: string, holds: () => T | Promise<T>, timeoutMs = 30_000): Promise<NonNullable<T>> {
  for (const deadline = Date.now() + timeoutMs; ; await delay(25)) {
    const answer = await holds()
    if (answer) return answer
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`)
  }
}
