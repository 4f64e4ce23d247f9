import { Prisma, type PrismaClient } from '../generated/prisma/client.ts'
import { lentStore } from './tenant-pool.ts'
import { handled, type Transaction } from './transaction.ts'

/**
 * A transaction as features use it. Statements (`$queryRaw`, `$executeRaw`, `$queryRawUnsafe`) go straight to the connection;
 * the first use of a model has Prisma join the transaction. Hot paths use statements only, because Prisma's part costs more
 * than their statements.
 */
export type Tx = Prisma.TransactionClient

export type OpenTx = { tx: Tx; leave: () => Promise<void> }

/** Opens `tx` over a transaction. `leave` must be awaited before the transaction ends. */
export function openTx(transaction: Transaction, prisma: PrismaClient): OpenTx {
  const prismas = joinPrisma(transaction, prisma)
  const run = (first: TemplateStringsArray | Prisma.Sql, values: unknown[]) => {
    const sql = 'sql' in first ? first : Prisma.sql(first, ...values)
    return transaction.query(sql.text, sql.values)
  }
  const statements: Record<string, unknown> = {
    $queryRaw: (first: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) =>
      handled(run(first, values).then(({ rows }) => rows)),
    $executeRaw: (first: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) =>
      handled(run(first, values).then(({ rowCount }) => rowCount ?? 0)),
    $queryRawUnsafe: (text: string, ...values: unknown[]) =>
      handled(transaction.query(text, values).then(({ rows }) => rows)),
    $executeRawUnsafe: (text: string, ...values: unknown[]) =>
      handled(transaction.query(text, values).then(({ rowCount }) => rowCount ?? 0)),
  }
  const members = new Proxy(statements, {
    get: (known, name) =>
      typeof name === 'string'
        ? (known[name] ??= /^[a-z]/.test(name) ? modelOf(name, prismas.tx) : undefined)
        : undefined,
  })
  return { tx: members as unknown as Tx, leave: prismas.leave }
}

type Methods = Record<string, (args: unknown) => Promise<unknown>>

/** A model whose methods wait until Prisma has joined. */
const modelOf = (name: string, tx: () => Promise<Tx>): Methods =>
  new Proxy({} as Methods, {
    get: (_target, method: string) => async (args: unknown) =>
      (((await tx()) as unknown as Record<string, Methods>)[name] as Methods)[method]?.(args),
  })

/** Has Prisma begin a transaction on the lent connection when it is first needed, and end it in `leave`. */
function joinPrisma(
  transaction: Transaction,
  prisma: PrismaClient,
): { tx: () => Promise<Tx>; leave: () => Promise<void> } {
  let joined: Promise<Tx> | undefined
  let ended: Promise<void> = Promise.resolve()
  let end = (): void => {}
  const join = () =>
    new Promise<Tx>((done, fail) => {
      const left = new Promise<void>((leave) => (end = leave))
      const work = (tx: Tx): Promise<void> => {
        done(tx)
        return left
      }
      ended = lentStore.run(transaction.lend(), () => prisma.$transaction(work))
      ended.catch(fail)
    })
  return {
    tx: () => (joined ??= join()),
    leave: async () => {
      end()
      // Its statements have reported every failure.
      await ended.catch(() => {})
    },
  }
}
