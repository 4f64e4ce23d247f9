import { type ChildProcess, spawn } from 'node:child_process'
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
}

export async function startRedis(): Promise<TestRedis> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  const start = async () => {
    child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
      stdio: 'ignore',
    })
    const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
    client.on('error', () => {})
    try {
      await Promise.race([
        client.ping(),
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
  return { url, start, stop, pause, resume, [Symbol.asyncDispose]: stop }
}
