import type { PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg'
import { isAborted } from './errors.ts'
import { statementName } from './statement-name.ts'
import { type TenantPool, tenantStore, transactionStore } from './tenant-pool.ts'

/** A transaction may not send statements after this time, because others wait for its locks. */
const LONGEST_MS = 15_000
/** Statements with which Prisma begins and ends a transaction that it joins. */
const BOUNDARY = /^(?:BEGIN|COMMIT|ROLLBACK)$/

/** A transaction took longer than LONGEST_MS. It has the code of a statement that timed out. */
class TransactionTimeout extends Error {
  readonly code = '57014'
  constructor() {
    super(`A transaction took longer than ${LONGEST_MS / 1000} s.`)
  }
}

/**
 * A pipelined transaction of one merchant. A statement is sent when it is asked for, in one write with the others of the same
 * tick, whether or not earlier ones have been answered. PostgreSQL runs them in order; when one fails, it refuses those behind it.
 */
export class Transaction {
  readonly #client: PoolClient
  readonly #deadline = Date.now() + LONGEST_MS
  #failure: unknown
  #hasBegun = true
  #ended = false

  private constructor(client: PoolClient) {
    this.#client = client
    this.#send({ text: 'BEGIN' }).catch(() => (this.#hasBegun = false))
  }

  /** Takes a connection and sends BEGIN. `commit` or `rollback` must follow. */
  static async begin(pool: TenantPool, merchantId: string): Promise<Transaction> {
    return new Transaction(await tenantStore.run({ merchantId }, () => pool.connect()))
  }

  /**
   * Sends a statement, which each connection prepares once. Its result may be ignored: a failure then fails the commit.
   *
   * @throws the database's error; an Error when the transaction has ended or takes too long.
   */
  query<Row extends QueryResultRow>(
    statement: string | { name: string; text: string; values?: unknown[] },
    values: readonly unknown[] = [],
  ): Promise<QueryResult<Row>> {
    if (typeof statement !== 'string') return this.#sendInside(statement)
    return this.#sendInside({ name: statementName(statement), text: statement, values: [...values] })
  }

  /** The connection as Prisma expects it, for a transaction of Prisma that joins this one. */
  lend(): PoolClient {
    const query = async (config: QueryConfig) =>
      BOUNDARY.test(config.text) ? { rows: [], fields: [], rowCount: 0 } : this.#sendInside(config)
    const ignore = () => {}
    return { query, release: ignore, on: ignore, removeListener: ignore } as unknown as PoolClient
  }

  /** Commits, and returns the connection. @throws the error of the first statement that failed, whether or not it was awaited. */
  async commit(): Promise<void> {
    this.#ended = true
    const { command } = await this.#send({ text: 'COMMIT' })
    // COMMIT is answered with ROLLBACK when a statement before it failed.
    if (command !== 'COMMIT') throw this.#failure ?? new Error('PostgreSQL rolled the transaction back.')
    this.#client.release()
  }

  /**
   * Rolls back, and returns the connection. Resolves with the reason for `error`: statements that follow a failed one are
   * refused, and those that follow a failed BEGIN see no rows.
   */
  async rollback(error: unknown): Promise<unknown> {
    this.#ended = true
    const reason = !this.#hasBegun || isAborted(error) ? (this.#failure ?? error) : error
    try {
      await this.#send({ text: 'ROLLBACK' })
      this.#client.release()
    } catch (broken) {
      // After a failed statement the connection is usable; after a failed ROLLBACK it is not.
      this.#client.release(broken as Error)
    }
    return reason
  }

  #sendInside<Row extends QueryResultRow>(config: QueryConfig): Promise<QueryResult<Row>> {
    if (this.#ended)
      return handled(
        Promise.reject(new Error('A statement came after its transaction had ended. Send it before the commit.')),
      )
    if (Date.now() > this.#deadline) return handled(Promise.reject(new TransactionTimeout()))
    return this.#send<Row>(config)
  }

  #send<Row extends QueryResultRow>(config: QueryConfig): Promise<QueryResult<Row>> {
    const sending = this.#client.query<Row>(config)
    sending.catch((error: unknown) => (this.#failure ??= error))
    return sending
  }
}

/** Marks a promise of a transaction's statement as handled, because the commit reports every failure. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** Runs `work` in a transaction that sees only the merchant's rows. Nothing is retried. */
export async function inTransaction<T>(
  pool: TenantPool,
  merchantId: string,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const transaction = await Transaction.begin(pool, merchantId)
  try {
    const result = await transactionStore.run(true, () => work(transaction))
    await transaction.commit()
    return result
  } catch (error) {
    throw await transaction.rollback(error)
  }
}
