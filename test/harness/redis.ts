import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../../server/db/embedded.ts'

/** A Redis of one's own, on a port that stays the same over `restart`. Nothing is kept on disk. */
export type TestRedis = AsyncDisposable & {
  url: string
  stop: (signal?: NodeJS.Signals) => Promise<void>
  start: () => Promise<void>
  /** Keeps its connections and answers nothing, until `resume`. */
  pause: () => void
  resume: () => void
  /** One command, for what it does to the server. */
  command: (...command: [string, ...string[]]) => Promise<unknown>
}

/** `settings` as on the command line of redis-server. */
export async function startRedis(...settings: string[]): Promise<TestRedis> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const directory = await mkdtemp(join(tmpdir(), 'storeline-redis-'))
  let child: ChildProcess | undefined
  const start = async () => {
    const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    // A cluster's node writes a file where it stands.
    child = spawn('redis-server', [...fixed, '--dir', directory, ...settings], { stdio: 'ignore' })
    const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null, enableReadyCheck: false })
    client.on('error', () => {})
    try {
      await Promise.race([
        // A refusal, too, says that it is there.
        client.ping().catch(() => {}),
        delay(10_000).then(() => Promise.reject(new Error('redis-server did not start'))),
      ])
    } finally {
      client.disconnect()
    }
  }
  const stop = async (signal: NodeJS.Signals = 'SIGKILL') => {
    const running = child
    child = undefined
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const exit = new Promise((done) => running.once('exit', done))
    running.kill(signal)
    await exit
  }
  await start()
  const pause = () => void child?.kill('SIGSTOP')
  const resume = () => void child?.kill('SIGCONT')
  const command = async (...words: [string, ...string[]]): Promise<unknown> => {
    const client = new Redis(url)
    client.on('error', () => {})
    try {
      return await client.call(...words)
    } finally {
      client.disconnect()
    }
  }
  const dispose = async () => {
    await stop()
    await rm(directory, { recursive: true, force: true })
  }
  return { url, start, stop, pause, resume, command, [Symbol.asyncDispose]: dispose }
}
