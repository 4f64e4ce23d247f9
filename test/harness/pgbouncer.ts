import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '../../server/db/embedded.ts'
import { until } from './processes.ts'

/** A PgBouncer in front of one database. */
export type TestPgBouncer = AsyncDisposable & { url: string }

export type PoolMode = 'session' | 'transaction' | 'statement'

/** Starts PgBouncer with `poolSize` connections to the database at `databaseUrl`, as a user without rights. */
export async function startPgBouncer(
  databaseUrl: string,
  { mode = 'transaction' as PoolMode, poolSize = 4, settings = {} as Record<string, string> } = {},
): Promise<TestPgBouncer> {
  const { hostname, port: databasePort, username, password, pathname } = new URL(databaseUrl)
  const database = pathname.slice(1)
  const port = await freePort()
  const directory = await mkdtemp(join(tmpdir(), 'storeline-pgbouncer-'))
  const file = join(directory, 'pgbouncer.ini')
  const lines = Object.entries({
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: mode,
    default_pool_size: String(poolSize),
    max_client_conn: '400',
    ...settings,
  }).map(([name, value]) => `${name} = ${value}`)
  const target = `${database} = host=${hostname} port=${databasePort} dbname=${database} user=${username} password=${password}`
  await writeFile(file, `[databases]\n${target}\n[pgbouncer]\n${lines.join('\n')}\n`, { mode: 0o600 })
  const account = userInfo().uid === 0 ? accountOf('nobody') : undefined
  if (account) for (const path of [directory, file]) await chown(path, account.uid, account.gid)

  const child = spawn('pgbouncer', [file], { stdio: ['ignore', 'ignore', 'pipe'], ...account })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)))
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  const dispose = async () => {
    await ended(child)
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await until('PgBouncer answers', async () => {
      if (child.exitCode !== null) throw new Error(`PgBouncer ended while starting: ${log}`)
      return answers(url.href)
    })
  } catch (error) {
    await dispose()
    throw error
  }
  return { url: url.href, [Symbol.asyncDispose]: dispose }
}

function accountOf(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, name]))
  return { uid: id('-u'), gid: id('-g') }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((done) => child.once('exit', done))
  child.kill('SIGKILL')
  await exit
}
