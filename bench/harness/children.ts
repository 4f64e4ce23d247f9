import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Bundles of this run. Below the project, so that they find its packages; in a folder that nobody commits. */
export const BUILD_DIRECTORY = `.data/bench-${process.pid}`

/** Processes this run started. None of them outlives it. */
const children = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

export type Child = AsyncDisposable & { process: ChildProcess; pid: number; stop: () => Promise<void> }

/** Starts a process and keeps hold of it. Its stderr is shown only when it fails. */
export function startChild(command: string, args: string[], options: SpawnOptions = {}): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options })
  children.add(child)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
  child.once('exit', (code) => {
    children.delete(child)
    if (code && said) process.stderr.write(`${args.join(' ')} ended with ${code}:\n${said}\n`)
  })
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await Promise.race([
      once(child, 'exit'),
      delay(16_000, undefined, { ref: false }).then(() => child.kill('SIGKILL')),
    ])
  }
  return { process: child, pid: child.pid ?? 0, stop, [Symbol.asyncDispose]: stop }
}

/** Starts one of the scripts of build.ts as a process of its own that talks over IPC; it begins with `scriptData`. */
export function startScript(file: URL, data: object): Child {
  const bundle = join(BUILD_DIRECTORY, relative('.', fileURLToPath(file)).replace(/ts$/, 'js'))
  const stdio: SpawnOptions['stdio'] = ['ignore', 'inherit', 'inherit', 'ipc']
  const child = startChild(process.execPath, [bundle], { stdio, serialization: 'advanced' })
  child.process.send(data)
  return child
}

/** The next message of a script. @throws when it ends instead. */
export async function nextMessage<T>({ process: child }: Child): Promise<T> {
  const ended = new AbortController()
  try {
    const message = once(child, 'message', { signal: ended.signal }).then(([value]) => value as T)
    const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) =>
      Promise.reject(new Error(`A script ended (${code}) instead of answering`)),
    )
    return await Promise.race([message, exit])
  } finally {
    ended.abort()
  }
}

/** The script's arguments. */
export const scriptData = async <T>(): Promise<T> => ((await once(process, 'message')) as [T])[0]

/** CPU time a process has used, in ms (proc(5): utime and stime, in ticks of 10 ms). */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Waits until `url` answers 200. @throws after `timeoutMs`. */
export async function answers(url: string, timeoutMs = 60_000, everyMs = 50): Promise<void> {
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; await delay(everyMs)) {
    const response = await fetch(url).catch(() => null)
    await response?.arrayBuffer()
    if (response?.status === 200) return
  }
  throw new Error(`${url} does not answer 200 within ${timeoutMs} ms`)
}

/** Memory of a process and all it has started, in MB: shared pages counted once (PSS), and as `ps` shows it (RSS). */
export function memoryOf(root: number): { pss: number; rss: number } {
  let [pss, rss] = [0, 0]
  for (const pid of [root, ...descendants(root)]) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    pss += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024
    rss += Number(/^Rss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024
  }
  return { pss, rss }
}

function descendants(root: number): number[] {
  const children = readFileSync(`/proc/${root}/task/${root}/children`, 'utf8').trim()
  return children === '' ? [] : children.split(' ').flatMap((pid) => [Number(pid), ...descendants(Number(pid))])
}
