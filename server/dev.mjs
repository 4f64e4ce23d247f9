// `npm run dev`: the server, restarted on change, on PORT; the dashboard and the phone with hot reload on WEB_PORT; the
// printed schema and the typed documents kept up to date. One Ctrl-C ends all of it.
import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { delimiter, dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))

const { PORT = '4000', WEB_PORT = '4040' } = process.env
const pages = `http://localhost:${WEB_PORT}`
const COLORS = { server: 36, web: 35, schema: 33, types: 32 }
const bin = resolve('node_modules/.bin')
const children = new Set()
let stopping = false

const say = (name, line) => process.stdout.write(`\x1b[${COLORS[name]}m${name.padEnd(6)}\x1b[0m │ ${line}\n`)

/** Starts a program of a package in a process group of its own: a Ctrl-C reaches it once, from `stop`. */
function start(name, program, args, { env = {}, heard = (line) => say(name, line) } = {}) {
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: '1', PATH: `${bin}${delimiter}${process.env.PATH}`, ...env },
  })
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', heard)
  }
  children.add(child)
  child.once('close', () => children.delete(child))
  return child
}

const finished = (child) => new Promise((done) => child.once('close', done))

/** Runs a program to its end; it is heard of only when it fails. */
async function generate(program, args) {
  const lines = []
  const code = await finished(start('types', program, args, { heard: (line) => lines.push(line) }))
  if (code === 0 || stopping) return true
  for (const line of lines) say('types', line)
  return false
}

/** Runs `work` once now and again after changes; changes while it runs cause one more run. */
function again(work) {
  let running = false
  let wanted = false
  return async function run() {
    wanted = true
    if (running) return
    running = true
    while (wanted) {
      wanted = false
      await work()
    }
    running = false
  }
}

async function stop() {
  if (stopping) return
  stopping = true
  const ended = Promise.all([...children].map(finished))
  for (const child of children) child.kill('SIGTERM')
  const timer = setTimeout(() => {
    for (const child of children) process.kill(-child.pid, 'SIGKILL')
  }, 16_000)
  await ended
  clearTimeout(timer)
  process.exit(0)
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

// Generated code may be older than what was just pulled.
if (!(await generate('prisma', ['generate']))) process.exit(1)

const types = again(async () => {
  if (stopping) return
  if (await generate('graphql-codegen', ['--config', 'codegen.ts'])) say('types', 'typed documents are up to date')
})
let timer
for (const folder of ['server', 'web', 'bot']) {
  watch(folder, { recursive: true }, (_event, file) => {
    if (!file?.endsWith('.graphql')) return
    clearTimeout(timer)
    timer = setTimeout(types, 200)
  })
}
void types()

const quiet = ['watch', '--clear-screen=false']
start('schema', 'tsx', [...quiet, 'server/print-schema.ts'])
// Links lead to the pages that reload.
start('server', 'tsx', [...quiet, 'server/main.ts'], { env: { PUBLIC_URL: process.env.PUBLIC_URL || pages } })
start('web', 'vite', ['--port', WEB_PORT, '--logLevel', 'warn'], {
  env: { STORELINE_SERVER: `http://127.0.0.1:${PORT}` },
})
say('web', `${pages} and ${pages}/phone, with hot reload`)
