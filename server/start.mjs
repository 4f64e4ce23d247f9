// `npm start`: brings generated code and the build up to date when sources are newer, then starts the server. A build
// is made beside the old one and put in place by a rename, so that processes starting together do not disturb each other.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sourceStamp } from './stamp.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)

const stamp = 'dist/.stamp'
const sources = sourceStamp()
const fresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === sources
if (!fresh && existsSync('node_modules/vite')) {
  process.stderr.write('Building …\n')
  const npm = (script, env = {}) =>
    execFileSync('npm', ['run', '--silent', script], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_ENV: 'production', ...env },
    })
  // Builds that were killed leave theirs behind; none takes this long.
  for (const name of readdirSync('.')) {
    if (/^dist\.\d+$/.test(name) && Date.now() - statSync(name).mtimeMs > 15 * 60_000) rmSync(name, { recursive: true })
  }
  const draft = `dist.${process.pid}`
  try {
    npm('generate')
    npm('build', { BUILD_DIR: draft })
    writeFileSync(join(draft, '.stamp'), sources)
    rmSync('dist', { recursive: true, force: true })
    try {
      renameSync(draft, 'dist')
    } catch (error) {
      // Another start has just put the same build in its place.
      if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== sources) throw error
    }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}
if (!existsSync('dist/server/main.js')) {
  process.stderr.write('Storeline is not built. Run "npm install" and "npm run build", then start again.\n')
  process.exit(1)
}
await import(pathToFileURL(join(root, 'dist/server/main.js')).href)
