import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'
import { ConnectionGate } from './connection-gate.ts'
import { type Pooling, type Scope, TenantClient } from './tenant-client.ts'
import { currentWork, WORK } from './work.ts'

/** The shop whose rows a query may see. Set only between our own code and the pool. */
export const tenantStore = new AsyncLocalStorage<{ readonly merchantId: string }>()

/** Set while the work of a transaction runs, which holds a connection already. */
export const transactionStore = new AsyncLocalStorage<true>()

/**
 * Row-level security without a transaction of ours per query: a connection that is checked out is bound to the shop
 * named at that moment, and each statement brings the shop along in its own round trip.
 *
 * Callback forms are refused: pg-pool would run them in another request's async context and so for another shop.
 */
export class TenantPool extends pg.Pool {
  readonly #strict: boolean
  /** Says who gets a connection next. */
  readonly gate: ConnectionGate

  /**
   * `strict` throws where a transaction asks for a second connection; otherwise it merely waits for one. `pooling` says
   * whether the address keeps sessions (`detectPooling`).
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
    if (this.#strict && transactionStore.getStore())
      throw new Error(
        'A transaction asked the pool for a second connection: when all are held by transactions that do, nobody goes on. Read over `tx`.',
      )
    return this.#checkOut()
  }

  // pg's overloads of query() cannot be narrowed by an override; the promise forms are the ones supported.
  override query = (async (...args: Parameters<pg.PoolClient['query']>) => {
    const client = await this.connect()
    let broken: Error | undefined
    try {
      return await client.query(...args)
    } catch (error) {
      // Anything but an error the server reported leaves the connection in an unknown state.
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

/** A connection in the hands of one piece of work. After its release it refuses every call, whichever work has it by then. */
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
      // From here the trace leads to the caller instead of the socket.
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
