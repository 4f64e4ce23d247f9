import type { Config } from '../config.ts'

/** What a check found: all is well, something to know, or something that will not work; each with what to do. */
export type Outcome = { level: 'ok' | 'warn' | 'fail'; says: string }
export type Finding = Outcome & { check: string }

export type Surroundings = {
  config: Config
  /** Null while the embedded PostgreSQL does not run. */
  databaseUrl: string | null
}

export type Check = {
  name: string
  /** Whether a start runs it too: it asks nobody outside for more than one cheap answer. */
  quick: boolean
  run: (surroundings: Surroundings) => Promise<Outcome[]>
}

export const ok = (says: string): Outcome => ({ level: 'ok', says })
export const warn = (says: string): Outcome => ({ level: 'warn', says })
export const fail = (says: string): Outcome => ({ level: 'fail', says })

/** The message of whatever was thrown, on one line. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error
    ? error.message || ((error as { code?: string }).code ?? error.name)
    : String(error)
  ).replaceAll(/\s+/g, ' ')

/** Runs checks side by side, each within `timeoutMs`; one that throws or hangs has failed. */
export async function runChecks(
  checks: readonly Check[],
  surroundings: Surroundings,
  { timeoutMs = 10_000 } = {},
): Promise<Finding[]> {
  const outcomes = await Promise.all(
    checks.map(async ({ name, run }) => {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<Outcome[]>((done) => {
        timer = setTimeout(() => done([fail(`there was no answer within ${timeoutMs / 1000} s`)]), timeoutMs)
      })
      const found = await Promise.race([run(surroundings), late]).catch((error: unknown) => [fail(messageOf(error))])
      clearTimeout(timer)
      return found.map((outcome) => ({ check: name, ...outcome }))
    }),
  )
  return outcomes.flat()
}
