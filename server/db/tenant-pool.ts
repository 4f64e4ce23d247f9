import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'
import { ConnectionGate } from './connection-gate.ts'
import { type Pooling, type Scope, TenantClient } from './tenant-client.ts'
import { currentWork, WORK } from './work.ts'

/** The shop whose rows a query may see. Set only between our own code and the pool. */
export const tenantStore = new AsyncLocalStorage<{ readonly merchantId: string }>()

/** Set while a transaction runs, which holds a connection already. */
export const transactionStore = new AsyncLocalStorage<true>()

/** The connection of an open transaction, for a caller that joins the transaction instead of checking out a connection. */
export const lentStore = new AsyncLocalStorage<pg.PoolClient>()

/**
 * A pool with row-level security that needs no transaction per query: a checked-out connection belongs to the shop that
 * `tenantStore` names at that moment, and each statement sends the shop in its own round trip.
 *
 * Callback forms are refused, because pg-pool would run them in another request's async context and so for another shop.
 */
export class TenantPool extends pg.Pool {
  readonly #strict: boolean
  /** Decides which work gets the next free connection. */
  readonly gate: ConnectionGate

  /**
   * With `strict`, a transaction that asks for a second connection gets an error; otherwise it waits for one. `pooling` says
   * whether the database's address keeps sessions (`detectPooling`).
   */
  constructor({ strict, ...options }: pg.PoolConfig & { strict: boolean; pooling: Pooling }) {
    super({
      ...options,
      Client: TenantClient as unknown as new () => pg.ClientBase,
      onConnect: (client) => (client as TenantClient).prepareSession(),
    })
    this.#strict = strict
    this.gate = new ConnectionGate(this.options.max)
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback?: unknown): Promise<pg.PoolClient> {
    if (callback) throw new TypeError('TenantPool supports promises only')
    const lent = lentStore.getStore()
    if (lent) return Promise.resolve(lent)
    if (this.#strict && transactionStore.getStore())
      throw new Error(
        'A transaction asked the pool for a second connection, which can deadlock when all connections are held by transactions. Read over `tx`.',
      )
    return this.#checkOut()
  }

  // An override cannot narrow pg's overloads of query(); only the promise forms are supported.
  override query = (async (...args: Parameters<pg.PoolClient['query']>) => {
    const client = await this.connect()
    let broken: Error | undefined
    try {
      return await client.query(...args)
    } catch (error) {
      // Every error that the server did not report leaves the connection in an unknown state.
      if ((error as { severity?: string }).severity !== 'ERROR') broken = error as Error
      throw error
    } finally {
      client.release(broken)
    }
  }) as unknown as pg.Pool['query']

  async #checkOut(): Promise<pg.PoolClient> {
    const work = currentWork()
    const merchantId = tenantStore.getStore()?.merchantId ?? ''
    const leave = await this.gate.enter({ ...work, merchantId })
    try {
      const client = (await super.connect()) as unknown as TenantClient & pg.PoolClient
      const scope = { merchantId, lockTimeoutMs: WORK[work.kind].lockTimeoutMs }
      return new CheckedOut(client, scope, leave) as unknown as pg.PoolClient
    } catch (error) {
      leave()
      throw error
    }
  }
}

/** A connection that one piece of work has checked out. After its release it refuses statements, since other work may use it. */
class CheckedOut implements Pick<pg.PoolClient, 'release'> {
  readonly #client: TenantClient & pg.PoolClient
  readonly #scope: Scope
  readonly #release: pg.PoolClient['release']
  #released = false

  constructor(client: TenantClient & pg.PoolClient, scope: Scope, leave: () => void) {
    this.#client = client
    this.#scope = scope
    const { release } = client
    this.#release = (error) => {
      release(error)
      leave()
    }
  }

  async query(config: string | pg.QueryConfig, values?: unknown[], ...more: unknown[]): Promise<pg.QueryResult> {
    if (typeof values === 'function' || more.length > 0) throw new TypeError('TenantPool supports promises only')
    if (this.#released) throw new Error('A statement came after its connection had been released.')
    try {
      return await this.#client.run(this.#scope, config, values)
    } catch (error) {
      // The stack trace then leads to the caller instead of the socket.
      Error.captureStackTrace(error as Error)
      throw error
    }
  }

  on(event: 'error', listener: (error: Error) => void): this {
    this.#client.on(event, listener)
    return this
  }

  once(event: 'error' | 'end', listener: () => void): this {
    this.#client.once(event, listener)
    return this
  }

  removeListener(event: 'error', listener: (error: Error) => void): this {
    this.#client.removeListener(event, listener)
    return this
  }

  release = (error?: Error | boolean): void => {
    this.#released = true
    this.#release(error)
  }
}
