import type { Config } from '../config.ts'

/** The outcome of a check. The text of a warning or failure says what to do. */
export type Outcome = { level: 'ok' | 'warn' | 'fail'; says: string }
export type Finding = Outcome & { check: string }

export type Surroundings = {
  config: Config
  /** Null when the embedded PostgreSQL is not running. */
  databaseUrl: string | null
}

export type Check = {
  name: string
  /** Whether each start runs the check too: it makes at most one cheap request outside. */
  quick: boolean
  run: (surroundings: Surroundings) => Promise<Outcome[]>
}

export const ok = (says: string): Outcome => ({ level: 'ok', says })
export const warn = (says: string): Outcome => ({ level: 'warn', says })
export const fail = (says: string): Outcome => ({ level: 'fail', says })

/** The message of a thrown value, on one line. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error
    ? error.message || ((error as { code?: string }).code ?? error.name)
    : String(error)
  ).replaceAll(/\s+/g, ' ')

/** Runs checks in parallel. A check that throws, or takes longer than `timeoutMs`, fails. */
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
