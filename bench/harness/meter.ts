import { readdirSync, readFileSync } from 'node:fs'
import type { EmbeddedPostgres } from '../../server/db/embedded.ts'
import { superuser } from './bulk.ts'
import { cpuMs } from './children.ts'

/** The cost of one operation: ms of processor time in the measured processes and in PostgreSQL, and statements. */
export type Cost = { server: number; postgres: number; statements: number }

export type Meter = AsyncDisposable & {
  /** ms of processor time that PostgreSQL has used, with all its processes, ended ones included. */
  postgresCpu: () => number
  /** Runs `work`, which returns how many operations it was, and divides by them what the processes and PostgreSQL spent. */
  costOf: (pids: readonly number[], work: () => Promise<number>) => Promise<Cost>
}

/** Reads /proc, and pg_stat_statements, which counts BEGIN and COMMIT too. */
export async function openMeter({ adminUrl, pid }: Pick<EmbeddedPostgres, 'adminUrl' | 'pid'>): Promise<Meter> {
  const client = await superuser(adminUrl)
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements')
  const statements = async (): Promise<number> => {
    const text = `SELECT coalesce(sum(calls), 0)::float8 AS calls FROM pg_stat_statements WHERE dbid <> (SELECT oid FROM pg_database WHERE datname = current_database())`
    return (await client.query<{ calls: number }>(text)).rows[0]?.calls ?? 0
  }
  const postgresCpu = (): number =>
    endedChildrenCpuMs(pid) + [pid, ...childrenOf(pid)].reduce((sum, one) => sum + cpuOf(one), 0)
  return {
    postgresCpu,
    costOf: async (pids, work) => {
      const used = () => pids.reduce((sum, one) => sum + cpuOf(one), 0)
      const before = { server: used(), postgres: postgresCpu(), statements: await statements() }
      const operations = await work()
      const after = { server: used(), postgres: postgresCpu(), statements: await statements() }
      return {
        server: (after.server - before.server) / operations,
        postgres: (after.postgres - before.postgres) / operations,
        statements: (after.statements - before.statements) / operations,
      }
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/** A backend can end between being listed and being read. */
function cpuOf(pid: number): number {
  try {
    return cpuMs(pid)
  } catch {
    return 0
  }
}

/** proc(5): cutime and cstime, in ticks of 10 ms. */
function endedChildrenCpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) * 10
}

const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  )
