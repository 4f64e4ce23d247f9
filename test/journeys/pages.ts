import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const ROOT = resolve(import.meta.dirname, '../..')
const CACHE = join(ROOT, 'node_modules/.cache/storeline-pages')
const SOURCES = ['web', 'server/emulator', 'vite.config.ts', 'package-lock.json']

/** Every file's size and time of change below a path, as one text. */
async function fingerprint(path: string): Promise<string> {
  const info = await stat(path)
  if (!info.isDirectory()) return `${path} ${info.size} ${info.mtimeMs}\n`
  const names = (await readdir(path)).toSorted()
  return (await Promise.all(names.map((name) => fingerprint(join(path, name))))).join('')
}

/**
 * The built dashboard and phone, as customers get them. Built when the sources have changed since the last run; files
 * that run at the same time may build twice, and the first to finish wins.
 */
export async function builtPages(): Promise<string> {
  const prints = await Promise.all(SOURCES.map((source) => fingerprint(join(ROOT, source))))
  const key = createHash('sha256').update(prints.join('')).digest('hex').slice(0, 16)
  const pages = join(CACHE, key)
  if (existsSync(pages)) return pages
  await mkdir(CACHE, { recursive: true })
  const older = await readdir(CACHE)
  const draft = join(CACHE, `draft-${process.pid}`)
  await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error', '--outDir', draft],
    // React's development build would be taken otherwise, and nobody gets that one.
    { cwd: ROOT, env: { ...process.env, NODE_ENV: 'production' } },
  )
  await rename(draft, pages).catch(() => rm(draft, { recursive: true, force: true }))
  const stale = older.filter((name) => name !== key && !name.startsWith('draft-'))
  await Promise.all(stale.map((name) => rm(join(CACHE, name), { recursive: true, force: true })))
  return pages
}
