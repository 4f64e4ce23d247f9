import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from '../../server/db/embedded.ts'
import { until } from './processes.ts'

/** A primary with a replica, and three Sentinels that make the replica primary when the primary is gone. */
export type TestSentinels = AsyncDisposable & {
  /** For REDIS_URL. */
  url: string
  /** Ends the primary of now, or has it keep its connections and answer nothing. */
  losePrimary: (signal: 'SIGKILL' | 'SIGSTOP') => Promise<void>
  /** Has a primary that was silent come back; resolves once it is the replica of the new one. */
  resumeLost: () => Promise<void>
}

const NAME = 'storeline-primary'
const PASSWORD = 'a password with signs: @/?#'

export async function startSentinels(): Promise<TestSentinels> {
  const directory = await mkdtemp(join(tmpdir(), 'storeline-sentinel-'))
  const children = new Map<number, ChildProcess>()
  const run = (program: string, port: number, args: string[]) =>
    void children.set(port, spawn(program, args, { stdio: 'ignore', cwd: directory }))
  const [first, second] = [await freePort(), await freePort()]
  const server = (port: number, ...more: string[]) =>
    run(
      'redis-server',
      port,
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'].concat(
        ['--requirepass', PASSWORD, '--masterauth', PASSWORD, '--repl-diskless-sync-delay', '0'],
        more,
      ),
    )
  server(first)
  server(second, '--replicaof', `127.0.0.1 ${first}`)
  await until('the replica follows', async () => /master_link_status:up/.test(await ask(second, 'INFO', 'replication')))
  const sentinels = [await freePort(), await freePort(), await freePort()]
  for (const port of sentinels) {
    const file = join(directory, `${port}.conf`)
    await writeFile(
      file,
      [
        `port ${port}`,
        'bind 127.0.0.1',
        `sentinel monitor ${NAME} 127.0.0.1 ${first} 2`,
        `sentinel auth-pass ${NAME} "${PASSWORD}"`,
        `sentinel down-after-milliseconds ${NAME} 1000`,
        `sentinel failover-timeout ${NAME} 5000`,
      ].join('\n'),
    )
    run('redis-sentinel', port, [file])
  }
  const [port = 0] = sentinels
  await until('the Sentinels know each other and the replica', async () => {
    const known = await ask(port, 'INFO', 'sentinel').catch(() => '')
    return /slaves=1,sentinels=3/.test(known)
  })
  const primary = async (): Promise<string> =>
    (await ask<string[]>(port, 'SENTINEL', 'get-master-addr-by-name', NAME)).join(':')
  let lost = 0
  return {
    url: `redis+sentinel://:${encodeURIComponent(PASSWORD)}@${sentinels.map((one) => `127.0.0.1:${one}`).join(',')}/${NAME}`,
    losePrimary: async (signal) => {
      const address = await primary()
      lost = Number(address.split(':')[1])
      children.get(lost)?.kill(signal)
      await until('the Sentinels have another primary', async () => (await primary()) !== address)
    },
    resumeLost: async () => {
      children.get(lost)?.kill('SIGCONT')
      await until('it follows', async () =>
        /role:slave[^]*master_link_status:up/.test(await ask(lost, 'INFO', 'replication')),
      )
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of children.values()) {
        const exit = new Promise((done) => child.once('exit', done))
        if (child.exitCode !== null || child.signalCode !== null) continue
        child.kill('SIGKILL')
        await exit
      }
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** One command to a server or a Sentinel. */
async function ask<T = string>(port: number, ...command: [string, ...string[]]): Promise<T> {
  const toSentinel = /sentinel/i.test(command.join(' '))
  const redis = new Redis({ port, enableReadyCheck: false, ...(toSentinel ? {} : { password: PASSWORD }) })
  redis.on('error', () => {})
  try {
    return (await redis.call(...command)) as T
  } finally {
    redis.disconnect()
  }
}
