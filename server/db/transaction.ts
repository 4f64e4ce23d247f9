import type { PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg'
import { followsFailure } from './errors.ts'
import { nameOf } from './statement-name.ts'
import { type TenantPool, tenantStore, transactionStore } from './tenant-pool.ts'

/** A transaction is rolled back after this time, because others wait for its locks. */
const LONGEST_MS = 15_000
/** Statements with which Prisma begins and ends a transaction that joins another. */
const BOUNDARY = /^(?:BEGIN|COMMIT|ROLLBACK)$/

/** A transaction took too long and was rolled back. It has the code of a statement that timed out. */
class TransactionTimeoutError extends Error {
  readonly code = '57014'
}

/**
 * A pipelined transaction of one merchant. A statement is sent when it is asked for, in one write with the others of the same
 * tick, whether or not earlier ones have been answered. PostgreSQL runs them in order; when one fails, it refuses those behind it.
 */
export class Transaction {
  readonly #client: PoolClient
  readonly #timer: NodeJS.Timeout
  /** The first failure: it is the reason for all that follow. */
  #failure: { error: unknown } | undefined
  #hasBegun = true
  #hasEnded = false

  private constructor(client: PoolClient, longestMs: number) {
    this.#client = client
    this.#timer = setTimeout(() => this.#timeOut(longestMs), longestMs).unref()
    this.#send({ text: 'BEGIN' }).catch(() => (this.#hasBegun = false))
  }

  /** Takes a connection and sends BEGIN. `commit` or `rollback` must follow. */
  static async begin(pool: TenantPool, merchantId: string, longestMs = LONGEST_MS): Promise<Transaction> {
    return new Transaction(await tenantStore.run({ merchantId }, () => pool.connect()), longestMs)
  }

  /**
   * Sends a statement, which each connection prepares once. Its result may be ignored: a failure then fails the commit.
   *
   * @throws the database's error; an Error when the transaction has ended or timed out.
   */
  query<Row extends QueryResultRow>(
    statement: string | { name: string; text: string; values?: unknown[] },
    values: readonly unknown[] = [],
  ): Promise<QueryResult<Row>> {
    if (typeof statement !== 'string') return this.#sendInside(statement)
    return this.#sendInside({ ...nameOf(statement), text: statement, values: [...values] })
  }

  /** The connection as Prisma expects it, for a transaction of Prisma that joins this one. */
  lend(): PoolClient {
    const query = async (config: QueryConfig) =>
      BOUNDARY.test(config.text) ? { rows: [], fields: [], rowCount: 0 } : this.#sendInside(config)
    const ignore = () => {}
    return { query, release: ignore, on: ignore, removeListener: ignore } as unknown as PoolClient
  }

  /** Commits, and returns the connection. @throws the first failure, whether or not its statement was awaited. */
  async commit(): Promise<void> {
    this.#assertNoFailure()
    this.#hasEnded = true
    const { command } = await this.#send({ text: 'COMMIT' })
    // COMMIT is answered with ROLLBACK when a statement before it failed, and with COMMIT where nothing has begun.
    this.#assertNoFailure()
    if (command !== 'COMMIT') throw new Error('PostgreSQL rolled the transaction back.')
    this.#release()
  }

  /**
   * Rolls back, and returns the connection. Resolves with the reason for `error`: statements behind a failed one are refused,
   * and those behind a failed BEGIN see no rows.
   */
  async rollback(error: unknown): Promise<unknown> {
    this.#hasEnded = true
    const reason = this.#failure && (!this.#hasBegun || followsFailure(error)) ? this.#failure.error : error
    try {
      await this.#send({ text: 'ROLLBACK' })
      this.#release()
    } catch (broken) {
      // After a failed statement the connection is usable; after a failed ROLLBACK it is not.
      this.#release(broken as Error)
    }
    return reason
  }

  #assertNoFailure(): void {
    if (this.#failure) throw this.#failure.error
  }

  #release(broken?: Error): void {
    clearTimeout(this.#timer)
    this.#client.release(broken)
  }

  /** Frees the locks at once; the work learns of it by its next statement or its commit. */
  #timeOut(longestMs: number): void {
    this.#failure ??= { error: new TransactionTimeoutError(`A transaction took longer than ${longestMs} ms.`) }
    if (!this.#hasEnded) void ignoreRejection(this.#send({ text: 'ROLLBACK' }))
    this.#hasEnded = true
  }

  #sendInside<Row extends QueryResultRow>(config: QueryConfig): Promise<QueryResult<Row>> {
    if (this.#hasEnded)
      return ignoreRejection(
        this.#refuse(new Error('A statement came after its transaction had ended. Send it before the commit.')),
      )
    // The driver would find such a value when earlier statements have been sent, and PostgreSQL would commit those.
    if (config.values?.some(isUnserialised))
      return ignoreRejection(
        this.#refuse(new TypeError(`A value of this statement is an object. Serialise it: ${config.text}`)),
      )
    return this.#send<Row>(config)
  }

  async #refuse(reason: Error): Promise<never> {
    this.#failure ??= { error: reason }
    throw this.#failure.error
  }

  #send<Row extends QueryResultRow>(config: QueryConfig): Promise<QueryResult<Row>> {
    const sending = this.#client.query<Row>(config)
    sending.catch((error: unknown) => (this.#failure ??= { error }))
    return sending
  }
}

const isUnserialised = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !(value instanceof Date || Array.isArray(value) || ArrayBuffer.isView(value))

/** Keeps a rejection of a statement that nobody awaits from ending the process: the commit reports every failure. */
export function ignoreRejection<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/**
 * Runs `work` in a transaction that sees only the merchant's rows, for at most `longestMs`. Nothing is retried.
 *
 * @throws the error of the work, or the first failure of a statement.
 */
export async function inTransaction<T>(
  pool: TenantPool,
  merchantId: string,
  work: (transaction: Transaction) => Promise<T>,
  longestMs?: number,
): Promise<T> {
  const transaction = await Transaction.begin(pool, merchantId, longestMs)
  try {
    const result = await transactionStore.run(true, () => work(transaction))
    await transaction.commit()
    return result
  } catch (error) {
    throw await transaction.rollback(error)
  }
}
