import { uuidv7 } from 'uuidv7'
import { actorLabel, type TenantActor } from '../auth/actor.ts'
import type { AppContext } from '../context.ts'
import { queryMerchant } from '../db/merchant-query.ts'
import { retryTransient } from '../db/retry.ts'
import { ignoreRejection, inTransaction } from '../db/transaction.ts'
import { openTx, type Tx } from '../db/tx.ts'
import type { Commit } from '../events/commit.ts'
import { append, appendIfChanged } from '../events/log.ts'
import type { EventDraft, EventRecord } from '../events/kit.ts'
import type { Sql } from '../db/sql.ts'
import type { JobRequest } from '../jobs/kit.ts'
import { tryEnqueue } from '../jobs/queues.ts'

/** One transaction of one merchant, with the events, jobs and audit entries that belong to it. */
export type UnitOfWork = {
  app: AppContext
  /** Statements and models. Statements that do not need each other's results may be awaited together. */
  tx: Tx
  actor: TenantActor
  merchantId: string
  /** Runs a statement whose result nobody needs: the work does not wait for it; when it fails, the commit fails. */
  write: (statement: TemplateStringsArray | Sql, ...values: unknown[]) => void
  /** Records events; they are written last, just before commit. */
  emit: (...drafts: EventDraft[]) => void
  /**
   * Schedules jobs after the commit, best effort and without waiting: a sweep must find the work of a job that is lost.
   * Work that follows from an event belongs to the event's `reactions` instead.
   */
  enqueue: (...jobs: JobRequest[]) => void
  /** Writes an entry of the audit log. */
  audit: (entry: AuditDraft) => void
  /** For `once` alone: whether work with an idempotency key may begin before the key is known to be new. */
  speculative: boolean
}

export type AuditDraft = { action: string; subjectId?: string; detail?: Record<string, unknown> }

/** A request was repeated, which `once` found out after its work had begun. `withTenant` then starts again. */
export class RepeatedRequestError extends Error {}

type Work<T> = (unit: UnitOfWork) => T | Promise<T>
type Answer<T, A> = (unit: UnitOfWork, result: T) => Promise<A>

/**
 * Runs a use-case in one transaction that sees only the actor's merchant: state, events and audit log commit together or
 * not at all. `work` must have no effect outside the transaction: it runs again after a deadlock or a serialisation failure, and
 * when an idempotency key turns out to be known (`once`); an earlier run may then go on, but its unit refuses everything.
 * After the commit the commit listeners run and the jobs of `unit.enqueue` are scheduled.
 *
 * `answer` reads what the caller returns to the client, in the round trip of the commit: it uses no models and sends its
 * statements before its first await.
 */
export function withTenant<T>(app: AppContext, actor: TenantActor, work: Work<T>): Promise<T>
export function withTenant<T, A>(app: AppContext, actor: TenantActor, work: Work<T>, answer: Answer<T, A>): Promise<A>
export async function withTenant<T, A>(
  app: AppContext,
  actor: TenantActor,
  work: Work<T>,
  answer?: Answer<T, A>,
): Promise<T | A> {
  const attempt = (speculative: boolean) => retryTransient(() => runOnce(app, actor, { work, answer, speculative }))
  try {
    return await attempt(true)
  } catch (error) {
    if (!(error instanceof RepeatedRequestError)) throw error
    return attempt(false)
  }
}

/**
 * A use-case that is one statement: makes a change (`sql`) in the actor's merchant and, if it changed any row, emits
 * events about it, all in one round trip. For changes that happen to every message. Returns whether anything changed.
 */
export async function changeAndEmit(
  app: AppContext,
  actor: TenantActor,
  { change, drafts }: { change: Sql; drafts: EventDraft[] },
): Promise<boolean> {
  const { merchantId } = actor
  const entry = { merchantId, actor: actorLabel(actor), requestId: app.requestId(), drafts }
  const run = (text: string, all: unknown[]) => queryMerchant<EventRecord>(app, merchantId, text, all)
  const commit = await retryTransient(() => appendIfChanged(run, entry, change))
  const changed = commit.events.length > 0
  if (changed) app.notifyCommit(commit)
  return changed
}

type Run<T, A> = {
  work: Work<T>
  answer: Answer<T, A> | undefined
  speculative: boolean
}

async function runOnce<T, A>(
  app: AppContext,
  actor: TenantActor,
  { work, answer, speculative }: Run<T, A>,
): Promise<T | A> {
  const { merchantId } = actor
  const by = { merchantId, actor: actorLabel(actor), requestId: app.requestId() }
  const drafts: EventDraft[] = []
  const entries: AuditDraft[] = []
  const jobs: JobRequest[] = []
  const { result, committed } = await inTransaction(app.database.pool, merchantId, async (transaction) => {
    const { tx, endPrisma } = openTx(transaction, app.database.prisma)
    let isOpen = true
    const assertOpen = (): void => {
      if (!isOpen) throw new Error('A unit of work was used after its work had ended. Await everything inside it.')
    }
    const unit: UnitOfWork = {
      app,
      tx,
      actor,
      merchantId,
      speculative,
      write: (statement, ...values) => {
        assertOpen()
        void tx.$executeRaw(statement, ...values)
      },
      emit: (...more) => {
        assertOpen()
        drafts.push(...more)
      },
      enqueue: (...more) => {
        assertOpen()
        jobs.push(...more)
      },
      audit: (entry) => {
        assertOpen()
        entries.push(entry)
      },
    }
    const done = await runWork(unit, work).finally(() => {
      isOpen = false
      return endPrisma()
    })
    // From here to COMMIT nothing is awaited, so that all of it is one round trip.
    if (entries.length > 0) void writeAudit(tx, by, entries)
    return {
      result: answer ? ignoreRejection(answer(unit, done)) : done,
      committed: drafts.length > 0 ? ignoreRejection(append(tx, { ...by, drafts })) : null,
    }
  })
  const commit: Commit | null = await committed
  if (commit) app.notifyCommit(commit)
  if (jobs.length > 0) void tryEnqueue(app, ...jobs)
  return result
}

/** Runs the work; also an error that it throws before its first await is a rejection. */
const runWork = async <T>(unit: UnitOfWork, work: Work<T>): Promise<T> => work(unit)

function writeAudit(
  tx: Tx,
  { merchantId, actor, requestId }: { merchantId: string; actor: string; requestId: string | null },
  entries: readonly AuditDraft[],
): Promise<number> {
  const rows = entries.map((entry) => ({ ...entry, id: uuidv7() }))
  return tx.$executeRaw`
    INSERT INTO audit_entry (id, merchant_id, actor, action, subject_id, detail, request_id)
    SELECT entry.id, ${merchantId}::uuid, ${actor}, entry.action, entry."subjectId", coalesce(entry.detail, '{}'), ${requestId}
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS entry (id uuid, action text, "subjectId" uuid, detail jsonb)`
}
