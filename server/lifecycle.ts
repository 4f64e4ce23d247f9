import { constants, setPriority } from 'node:os'
import { environment } from './config.ts'
import { createLogger } from './logger.ts'
import { whenParentEnds } from './parent.ts'

/** Longest time for a graceful stop before the process exits. */
const STOP_MS = 15_000

/** Prints a line for people. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`)
/** Exits with a reason: printed as text at a terminal, as a log line in production. */
export const refuse = (line: string): never => {
  if (environment().NODE_ENV === 'production') createLogger('fatal').fatal(line)
  else process.stderr.write(`${line}\n`)
  process.exit(1)
}

/**
 * On a shared machine the api has priority over workers and bots: WhatsApp and people wait for its answers, while jobs and
 * turns may be late for a moment.
 */
export function yieldToApi(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Some systems do not let a process lower its priority; all roles then have the same.
  }
}

/** Calls `stop` on SIGTERM, SIGINT or the end of npm, then exits; at once on a second signal, and after 15 s in any case. */
export function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false
  const onSignal = (): void => {
    // A second signal stops at once.
    if (stopping) process.exit(1)
    stopping = true
    setTimeout(() => process.exit(1), STOP_MS).unref()
    stop().then(
      () => process.exit(0),
      (error: unknown) => refuse(String(error)),
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  // After Ctrl-C the shell of npm exits before this process; that is no second signal.
  if (environment().npm_lifecycle_event) whenParentEnds(() => void (stopping || onSignal()))
}
