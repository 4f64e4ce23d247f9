import { createHash } from 'node:crypto'
import { constants, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { platform } from 'node:os'
import { join } from 'node:path'

/** Another living process holds the directory. */
export class LockedError extends Error {
  /** Id of the process that said so last; null when it has not yet. */
  readonly holder: number | null
  constructor(directory: string, holder: number | null) {
    super(`${directory} is in use${holder ? ` by process ${holder}` : ''}`)
    this.name = 'LockedError'
    this.holder = holder
  }
}

/** "Atomically obtain an exclusive lock" (open(2) on macOS); Node has no name for it. */
const O_EXLOCK = 0x20

/**
 * Takes an existing directory for this process alone, until it ends however it ends. The kernel keeps the lock, so that it
 * neither outlives its holder nor is mistaken for a stranger's process, as a number in a file is after a crash. Every
 * system has another kind that Node can reach: Linux sockets in the abstract namespace (unix(7)), Windows named pipes,
 * macOS files locked while being opened.
 *
 * @throws LockedError when another process has it.
 */
export async function lockDirectory(directory: string): Promise<void> {
  // For people only: nothing is decided by it.
  const note = join(directory, 'storeline.pid')
  const isTaken = platform() === 'darwin' ? !lockFile(note) : !(await listenOn(socketName(directory)))
  if (isTaken) throw new LockedError(directory, holderIn(note))
  writeFileSync(note, String(process.pid))
}

/** The directory itself names the lock, whatever path leads to it. */
function socketName(directory: string): string {
  const { dev, ino } = statSync(directory, { bigint: true })
  const name = `storeline-${createHash('sha256').update(`${dev} ${ino}`).digest('hex').slice(0, 32)}`
  return platform() === 'win32' ? `\\\\.\\pipe\\${name}` : `\0${name}`
}

function listenOn(name: string): Promise<boolean> {
  const server = createServer((socket) => socket.destroy())
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') done(false)
      else fail(error)
    })
    server.listen(name, () => {
      server.unref()
      done(true)
    })
  })
}

/** The file stays open, and with it the lock, for as long as this process lives. */
function lockFile(file: string): boolean {
  try {
    openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK, 0o600)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false
    throw error
  }
}

function holderIn(note: string): number | null {
  try {
    return Number(readFileSync(note, 'utf8')) || null
  } catch {
    return null
  }
}
