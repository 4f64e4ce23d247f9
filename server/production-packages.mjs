// Run in the image after "npm ci --omit=dev": takes out the packages that the bundle contains (server/build.ts), and the
// embedded PostgreSQL, because an image has its PostgreSQL beside it.
import { readFileSync, rmSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const kept = new Set()

function keep(name) {
  const path = `node_modules/${name}`
  if (kept.has(path) || !packages[path]) return
  kept.add(path)
  const { dependencies, optionalDependencies } = packages[path]
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) keep(needed)
}

for (const name of JSON.parse(readFileSync('unbundled-packages.json', 'utf8'))) keep(name)
const isKept = (path) => [...kept].some((one) => path === one || path.startsWith(`${one}/`))
for (const path of Object.keys(packages)) {
  if (path && !isKept(path)) rmSync(path, { recursive: true, force: true })
}
