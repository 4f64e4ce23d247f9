import { readFile, writeFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

/** Milliseconds that a server may take to start or to stop. */
const TRANSITION_MS = 15_000
/** Milliseconds within which a server that has just been started listens. */
const LISTEN_MS = 3_000

/**
 * Stops a PostgreSQL that a killed process left running on `directory`. The process id in postmaster.pid proves nothing,
 * because after a reboot it can belong to any process: a server is ours when it answers on the port of the file, accepts our
 * password, and reports this directory.
 *
 * @throws Error when the server does not stop within 15 s.
 */
export async function stopLeftover(directory: string, password: string): Promise<void> {
  const file = join(directory, 'postmaster.pid')
  // Line by line (PostgreSQL, src/include/utils/pidfile.h): process, directory, start, port.
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!pid || lines[1] !== directory || !isAlive(pid)) return
  if (await isOurs({ pid, port, directory, password })) return stop(pid)
  // PostgreSQL would refuse to start because that process exists. It ignores the id of its parent, which we write instead, and
  // checks shared memory, which is reliable. On Windows it recognises foreign processes by itself.
  if (platform() !== 'win32') await writeFile(file, [process.pid, ...lines.slice(1)].join('\n'))
}

async function isOurs(server: { pid: number; port: number; directory: string; password: string }): Promise<boolean> {
  const { pid, port, directory, password } = server
  const begun = Date.now()
  for (; isAlive(pid) && Date.now() < begun + TRANSITION_MS; await delay(50)) {
    const connection = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres', password }
    const client = new pg.Client({ ...connection, connectionTimeoutMillis: 2_000 })
    // A server that stops meanwhile ends the connection.
    client.on('error', () => {})
    try {
      await client.connect()
      const { rows } = await client.query<{ directory: string }>(
        "SELECT current_setting('data_directory') AS directory",
      )
      return rows[0]?.directory === directory
    } catch (error) {
      const { code } = error as { code?: string }
      // 57P03: the server is starting or stopping (PostgreSQL, appendix A).
      const mayChange = code === '57P03' || (code === 'ECONNREFUSED' && Date.now() < begun + LISTEN_MS)
      if (!mayChange) return false
    } finally {
      await client.end().catch(() => {})
    }
  }
  return false
}

async function stop(pid: number): Promise<void> {
  // PostgreSQL's "fast" shutdown.
  process.kill(pid, 'SIGINT')
  for (const deadline = Date.now() + TRANSITION_MS; isAlive(pid); await delay(50)) {
    if (Date.now() > deadline)
      throw new Error(`A PostgreSQL of an earlier run (process ${pid}) does not stop. End it, then start again.`)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
