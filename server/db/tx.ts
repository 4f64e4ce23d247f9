import type { QueryResult } from 'pg'
import type { Prisma } from '../generated/prisma/client.ts'
import type { Database } from './client.ts'
import { sql, type Sql } from './sql.ts'
import { lentStore } from './tenant-pool.ts'
import { ignoreRejection, type Transaction } from './transaction.ts'

/**
 * A transaction as features use it. Statements (`$queryRaw`, `$executeRaw` and their unsafe forms) go straight to the
 * connection; the first use of a model has Prisma join the transaction. Hot paths use statements only, because Prisma's part
 * costs more than their statements.
 */
export type Tx = Prisma.TransactionClient

type Template = TemplateStringsArray | Sql

/** Opens `tx` over a transaction. `endPrisma` must be awaited before the transaction ends; models are refused from then on. */
export function openTx(
  transaction: Transaction,
  prisma: Database['prisma'],
): { tx: Tx; endPrisma: () => Promise<void> } {
  const { join, end } = prismaOn(transaction, prisma)
  const runSql = (template: Template, values: unknown[]): Promise<QueryResult> => {
    const { text, values: bound } = 'sql' in template ? template : sql(template, ...values)
    return transaction.query(text, bound)
  }
  const rowsOf = (running: Promise<QueryResult>) => ignoreRejection(running.then(({ rows }) => rows as unknown[]))
  const countOf = (running: Promise<QueryResult>) => ignoreRejection(running.then(({ rowCount }) => rowCount ?? 0))
  const members: Record<string, unknown> = {
    $queryRaw: (template: Template, ...values: unknown[]) => rowsOf(runSql(template, values)),
    $executeRaw: (template: Template, ...values: unknown[]) => countOf(runSql(template, values)),
    $queryRawUnsafe: (text: string, ...values: unknown[]) => rowsOf(transaction.query(text, values)),
    $executeRawUnsafe: (text: string, ...values: unknown[]) => countOf(transaction.query(text, values)),
  }
  const tx = new Proxy(members, {
    get: (known, name) =>
      typeof name === 'string' ? (known[name] ??= /^[a-z]/.test(name) ? modelOf(name, join) : undefined) : undefined,
  })
  return { tx: tx as unknown as Tx, endPrisma: end }
}

type Methods = Record<string, (args: unknown) => Promise<unknown>>

/** A model whose methods wait until Prisma has joined. */
const modelOf = (name: string, join: () => Promise<Tx>): Methods =>
  new Proxy({} as Methods, {
    get: (_target, method: string) => async (args: unknown) =>
      (((await join()) as unknown as Record<string, Methods>)[name] as Methods)[method]?.(args),
  })

/**
 * Prisma on the connection of a transaction: `join` begins Prisma's own transaction there when it is first called, and `end`
 * ends it. Its BEGIN and COMMIT are not sent (`Transaction.lend`).
 */
function prismaOn(
  transaction: Transaction,
  prisma: Database['prisma'],
): { join: () => Promise<Tx>; end: () => Promise<void> } {
  let joined: Promise<Tx> | undefined
  let hasEnded = false
  let ended: Promise<void> = Promise.resolve()
  let stopWaiting = (): void => {}
  const begin = () =>
    new Promise<Tx>((resolve, reject) => {
      const waiting = new Promise<void>((stop) => (stopWaiting = stop))
      const keepOpen = (tx: Tx): Promise<void> => {
        resolve(tx)
        return waiting
      }
      ended = lentStore.run(transaction.lend(), async () => (await prisma()).$transaction(keepOpen))
      ended.catch(reject)
    })
  return {
    join: () => {
      if (hasEnded) return Promise.reject(new Error('A model was used after the work of its transaction had ended.'))
      return (joined ??= begin())
    },
    end: async () => {
      hasEnded = true
      stopWaiting()
      // Its statements have reported every failure.
      await ended.catch(() => {})
    },
  }
}
