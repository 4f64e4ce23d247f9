import pg from 'pg'

/** How the database's address provides sessions: one for each connection, or one for each transaction, by a pooler. */
export type Pooling = 'session' | 'transaction'

/** Settings that every statement of a checkout sends to the database. Compared by identity: each checkout has its own object. */
export type Scope = {
  /** The shop whose rows statements see; with the empty string the policies match no row. */
  readonly merchantId: string
  /** How long a statement may wait for a lock of another transaction, in ms. */
  readonly lockTimeoutMs: number
}

/** Limits of all kinds of work: how long a statement may run, and how long a transaction may be idle. */
const STATEMENT_TIMEOUT_MS = 30_000
const IDLE_IN_TRANSACTION_MS = 30_000

const SCOPE = `SELECT set_config('app.merchant_id', $1, true), set_config('lock_timeout', $2, true)`
const SESSION = `SELECT set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false), set_config('idle_in_transaction_session_timeout', '${IDLE_IN_TRANSACTION_MS}', false)`
// A pooler keeps no settings between transactions, so each statement sends the limits as well.
const SCOPE_AND_LIMITS = `${SCOPE}, set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', true), set_config('idle_in_transaction_session_timeout', '${IDLE_IN_TRANSACTION_MS}', true)`
const SCOPE_NAME = 'tenant'

const valuesOf = ({ merchantId, lockTimeoutMs }: Scope): string[] => [merchantId, String(lockTimeoutMs)]

/** The parts of pg's connection that its types leave out. */
type Wire = {
  stream: { cork: () => void; uncork: () => void; destroy: () => void }
  parse: (message: { name: string; text: string }) => void
  bind: (message: {
    portal: string
    statement: string
    values: string[]
    valueMapper: (value: string) => string
  }) => void
  execute: (message: { portal: string }) => void
}
// Declared as methods, so that a class may override them.
interface Internals {
  submit(wire: Wire): Error | null
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, wire: Wire): void
}
type Callback = (error: Error | null, result: pg.QueryResult) => void
const Query = pg.Query as unknown as new (config: object, values: unknown, callback: Callback) => Internals

/** A connection that sends the scope with every statement, or with BEGIN, in the same round trip. */
export class TenantClient extends pg.Client {
  readonly pooling: Pooling
  /** The scope whose transaction is open on this connection, from the sending of BEGIN to the sending of COMMIT or ROLLBACK. */
  begunBy: Scope | undefined
  #corked = false

  constructor(options: pg.ClientConfig & { pooling: Pooling }) {
    // Statements are sent at once and answered in order, so that those of a transaction share round trips.
    super({ ...options, pipeline: true })
    this.pooling = options.pooling
  }

  /** Prepares a new connection. A kept session gets its limits once, and parses the statement of the scope once. */
  async prepareSession(): Promise<void> {
    if (this.pooling === 'session') await this.#submit((callback) => new SessionQuery(callback))
  }

  /** Runs one statement in a scope. */
  run(scope: Scope, config: string | pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult> {
    return this.#submit((callback) => new ScopedQuery(this, scope, config, values, callback))
  }

  /** Whether everything has been answered, and PostgreSQL is in a transaction nevertheless. */
  isIdleInTransaction(): boolean {
    const { readyForQuery } = this as unknown as { readyForQuery: boolean }
    return readyForQuery && this.getTransactionStatus() !== 'I'
  }

  /** Sends all messages of this tick to the database in one write. */
  corkForTick({ stream }: Wire): void {
    if (this.#corked) return
    this.#corked = true
    stream.cork()
    process.nextTick(() => {
      this.#corked = false
      stream.uncork()
    })
  }

  #submit(queryWith: (callback: Callback) => Internals): Promise<pg.QueryResult> {
    return new Promise((done, fail) => {
      const query = queryWith((error, result) => (error ? fail(error) : done(result)))
      super.query(query as unknown as pg.Submittable)
    })
  }
}

/** Sets the limits of a session and parses the statement of the scope, in one round trip. */
class SessionQuery extends Query {
  constructor(callback: Callback) {
    super({ text: SESSION, queryMode: 'extended' }, undefined, callback)
  }

  override submit(wire: Wire): Error | null {
    wire.parse({ name: SCOPE_NAME, text: SCOPE })
    return super.submit(wire)
  }
}

const BEGIN = /^\s*begin\b/i
const END = /^\s*(?:commit|rollback(?!\s+to\b))\b/i

/**
 * A statement, preceded by its scope. All messages between two Syncs of the extended protocol are one transaction
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING), so `set_config(…, true)` sent
 * first holds for this statement only, or, when the statement is BEGIN, for the transaction that it starts. The session keeps
 * no scope, so a statement without a scope sees no rows on any connection that a pooler takes.
 */
class ScopedQuery extends Query {
  readonly #client: TenantClient
  readonly #scope: Scope
  readonly #text: string
  #scopeIsAnswered = true

  constructor(
    client: TenantClient,
    scope: Scope,
    config: string | pg.QueryConfig,
    values: unknown[] | undefined,
    callback: Callback,
  ) {
    const { name, ...statement } = typeof config === 'string' ? { text: config, name: undefined } : config
    // A pooler's next connection does not have the prepared statements of this one.
    const named = client.pooling === 'session' && name ? { name } : {}
    // The simple protocol would end the transaction in which the scope holds.
    super({ ...statement, ...named, queryMode: 'extended' }, values, callback)
    this.#client = client
    this.#scope = scope
    this.#text = statement.text
  }

  override submit(wire: Wire): Error | null {
    const client = this.#client
    if (client.begunBy === undefined ? client.isIdleInTransaction() : client.begunBy !== this.#scope) {
      // The connection was released inside a transaction of other work, and would answer with that work's rows.
      wire.stream.destroy()
      return new Error('Connection terminated: it was still in the transaction of other work.')
    }
    client.corkForTick(wire)
    if (client.begunBy === undefined) this.#sendScope(wire)
    if (BEGIN.test(this.#text)) client.begunBy = this.#scope
    else if (END.test(this.#text)) client.begunBy = undefined
    return super.submit(wire)
  }

  #sendScope(wire: Wire): void {
    const named = this.#client.pooling === 'session'
    const statement = named ? SCOPE_NAME : ''
    if (!named) wire.parse({ name: '', text: SCOPE_AND_LIMITS })
    wire.bind({ portal: '', statement, values: valuesOf(this.#scope), valueMapper: (value) => value })
    wire.execute({ portal: '' })
    this.#scopeIsAnswered = false
  }

  override handleDataRow(message: unknown): void {
    if (this.#scopeIsAnswered) super.handleDataRow(message)
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.#scopeIsAnswered) super.handleCommandComplete(message, wire)
    else this.#scopeIsAnswered = true
  }
}
