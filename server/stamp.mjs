// Tells whether the build is as new as its sources: `npm start` builds only when it is not. Run by itself, as the end of
// "npm run build", it puts the stamp into the build.
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCES = ['server', 'bot', 'web', 'prisma', 'package-lock.json', 'codegen.ts', 'vite.config.ts']
const IGNORED = new Set(['generated', 'node_modules', 'dist'])

/** The newest change below a path, in ms. */
function newest(path) {
  if (!existsSync(path)) return 0
  const info = statSync(path)
  if (!info.isDirectory()) return info.mtimeMs
  let latest = 0
  for (const name of readdirSync(path)) if (!IGNORED.has(name)) latest = Math.max(latest, newest(join(path, name)))
  return latest
}

export const sourceStamp = () => String(Math.max(...SOURCES.map(newest)))

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  writeFileSync(join(process.env.BUILD_DIR ?? 'dist', '.stamp'), sourceStamp())
}
