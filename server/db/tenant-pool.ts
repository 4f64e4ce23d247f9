import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'

/** The shop whose rows a query may see. Set only between our own code and the pool. */
export const tenantStore = new AsyncLocalStorage<{ readonly merchantId: string }>()

/** Set while the work of a transaction runs, which holds a connection already. */
export const transactionStore = new AsyncLocalStorage<true>()

const current = Symbol('shop named by the connection')
type Tracked = pg.PoolClient & { [current]?: string | undefined }

/**
 * Row-level security without a transaction per query: each connection remembers which shop its session setting names,
 * and the setting is issued only when that changes, before anything else on the connection. No shop is the empty
 * string, which the policies match with no row.
 *
 * Callback forms are refused: pg-pool would run them in another request's async context and so for another shop.
 */
export class TenantPool extends pg.Pool {
  readonly #strict: boolean

  /** `strict` throws where a transaction asks for a second connection; otherwise it merely waits for one. */
  constructor({ strict, ...options }: pg.PoolConfig & { strict: boolean }) {
    super(options)
    this.#strict = strict
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback?: unknown): Promise<pg.PoolClient> {
    if (callback) throw new TypeError('TenantPool supports promises only')
    if (this.#strict && transactionStore.getStore())
      throw new Error(
        'A transaction asked the pool for a second connection: when all are held by transactions that do, nobody goes on. Read over `tx`.',
      )
    return this.checkout(tenantStore.getStore()?.merchantId ?? '')
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

  private async checkout(merchantId: string): Promise<pg.PoolClient> {
    const client = (await super.connect()) as Tracked
    if (client[current] === merchantId) return client
    try {
      client[current] = undefined
      await client.query({
        name: 'tenant',
        text: `SELECT set_config('app.merchant_id', $1, false)`,
        values: [merchantId],
      })
      client[current] = merchantId
      return client
    } catch (error) {
      client.release(error as Error)
      throw error
    }
  }
}
