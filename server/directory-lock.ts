import { createHash } from 'node:crypto'
import { constants, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { platform } from 'node:os'
import { join } from 'node:path'

/** Another running process holds the directory. */
export class LockedError extends Error {
  /** Process id of the last holder; null before it has written it. */
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
 * Locks an existing directory for this process until the process ends, however it ends. The kernel keeps the lock, so it does
 * not outlive its holder, and no other process is mistaken for the holder, as with a process id in a file after a crash.
 * Node reaches a different kind of lock on each system: Linux sockets in the abstract namespace (unix(7)), Windows named pipes,
 * macOS files locked while being opened.
 *
 * @throws LockedError when another process has it.
 */
export async function lockDirectory(directory: string): Promise<void> {
  // For the error message only; no decision depends on it.
  const note = join(directory, 'storeline.pid')
  const isTaken = platform() === 'darwin' ? !lockFile(note) : !(await listenOn(socketName(directory)))
  if (isTaken) throw new LockedError(directory, holderIn(note))
  writeFileSync(note, String(process.pid))
}

/** The lock is named by the directory's device and inode, so that all paths to it agree. */
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

/** The file, and with it the lock, stays open as long as the process lives. */
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
