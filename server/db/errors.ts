const TRANSIENT = new Set(['40001', '40P01'])
const UNSTORABLE = new Set(['22021', '22P05'])
// A lock (55P03) or a connection (`BusyError`) did not become free in time.
const CROWDED = 'BUSY'
const WAIT_TIMEOUTS = new Set(['55P03', CROWDED])
const UNREACHABLE = new Set([
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08001',
  '08003',
  '08006',
  '53300',
  'P1001',
  'P1017',
  'P2024',
  'P2028',
])
/** Network errors, of any server and not only of the database. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  // The name of a container is unknown until it runs.
  'ENOTFOUND',
  'EAI_AGAIN',
])

// Messages without a code of their own: of pg, pg-pool, and PgBouncer, which reports all of these as 08P01.
const AWAY =
  /timeout exceeded when trying to connect|^timeout expired$|^Query read timeout$|Connection terminated|connection timeout|not queryable|pgbouncer cannot connect to server|server login has been failing|query_wait_timeout|server conn crashed/i

/** The error and its causes, outermost first. Prisma puts the driver's error under `meta` and `cause`. */
function* layers(error: unknown): Generator<Record<string, unknown>> {
  for (let depth = 0, at = error; depth < 6 && typeof at === 'object' && at !== null; depth++) {
    const layer = at as Record<string, unknown>
    yield layer
    const meta = layer.meta as Record<string, unknown> | undefined
    at = layer.cause ?? meta?.driverAdapterError ?? meta?.cause
  }
}

const codesOf = (error: unknown): string[] =>
  [...layers(error)].flatMap((layer) =>
    [layer.code, layer.originalCode].filter((code): code is string => typeof code === 'string'),
  )

/** A deadlock or serialisation failure: the transaction may succeed when it is retried. */
export const isTransient = (error: unknown): boolean =>
  codesOf(error).some((code) => TRANSIENT.has(code) || code === 'P2034')

/** A lock or a connection did not become free in time. */
export const isWaitTimeout = (error: unknown): boolean => codesOf(error).some((code) => WAIT_TIMEOUTS.has(code))

/** No connection became free in time, so no work was started. */
export const isCrowded = (error: unknown): boolean => codesOf(error).includes(CROWDED)

/** Other work held a lock or a connection for too long, or a statement timed out: a retry may succeed later. */
export const isBusy = (error: unknown): boolean =>
  isWaitTimeout(error) || codesOf(error).some((code) => code === '57014')

/**
 * PostgreSQL refused the statement because an earlier one of its transaction had failed: directly (25P02), or because the
 * statement that was to prepare it was refused (26000).
 */
export const followsFailure = (error: unknown): boolean =>
  codesOf(error).some((code) => code === '25P02' || code === '26000')

/** A text contains NUL or half of a surrogate pair, which PostgreSQL does not store. */
export const isUnstorable = (error: unknown): boolean => codesOf(error).some((code) => UNSTORABLE.has(code))

/** The database cannot be reached, according to codes and messages of the database, its driver or its pooler only. */
export const isDatabaseUnreachable = (error: unknown): boolean =>
  codesOf(error).some((code) => UNREACHABLE.has(code)) ||
  [...layers(error)].some((layer) => AWAY.test(String(layer.message)))

/** The database, or another server that the work calls, cannot be reached: network errors count too. */
export const isUnreachable = (error: unknown): boolean =>
  isDatabaseUnreachable(error) || codesOf(error).some((code) => NETWORK.has(code))

/** A unique or check constraint refused a row; `name` narrows it to one constraint or column list. */
export const isConstraint = (error: unknown, name: string): boolean =>
  [...layers(error)].some((layer) => JSON.stringify([layer.message, layer.meta, layer.constraint]).includes(name))
