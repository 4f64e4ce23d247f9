import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, type Env } from '../../server/config.ts'
import { freePort } from '../../server/db/embedded.ts'
import type { Demo } from '../../server/demo.ts'
import { answers, startChild } from './children.ts'
import type { Server } from './site.ts'

export type EmbeddedInstallation = Server & { demo: Demo; adminUrl: string; directory: string }

/** `npm start` on a machine that has only Node: everything in one process and its PostgreSQL, on an empty folder. */
export async function startEmbedded(main: string, more: Env = {}): Promise<EmbeddedInstallation> {
  const directory = await mkdtemp(join(tmpdir(), 'storeline-embedded-'))
  const port = await freePort()
  const { PATH, HOME } = environment()
  const env = { PATH, HOME, PORT: String(port), DATA_DIR: directory, LOG_LEVEL: 'error', ...more }
  const child = startChild(process.execPath, [main], { env })
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    await child.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await answers(`${url}/readyz`, 60_000, 20)
    const demo = JSON.parse(await readFile(join(directory, 'demo.json'), 'utf8')) as Demo
    const password = (await readFile(join(directory, 'postgres.password'), 'utf8')).trim()
    // Line 4 of postmaster.pid is the port (PostgreSQL, src/include/utils/pidfile.h).
    const databasePort = (await readFile(join(directory, 'postgres/postmaster.pid'), 'utf8')).split('\n')[3]
    const adminUrl = `postgresql://postgres:${password}@127.0.0.1:${databasePort}/storeline`
    return { ...child, url, demo, adminUrl, directory, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}
