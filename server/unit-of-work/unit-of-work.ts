import { actorLabel, type TenantActor } from '../auth/actor.ts'
import type { AppContext } from '../context.ts'
import type { Commit } from '../events/commit.ts'
import { append, appendIfChanged } from '../events/log.ts'
import type { EventDraft, EventRecord } from '../events/kit.ts'
import type { JobRequest } from '../jobs/kit.ts'
import { tryEnqueue } from '../jobs/queues.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { uuidv7 } from 'uuidv7'
import { retryTransient } from '../db/retry.ts'
import { queryMerchant } from '../db/merchant-query.ts'
import { tenantStore, transactionStore } from '../db/tenant-pool.ts'

export type Tx = Prisma.TransactionClient

/** One transaction of one merchant, with the events, jobs and audit entries that belong to it. */
export type UnitOfWork = {
  app: AppContext
  tx: Tx
  actor: TenantActor
  merchantId: string
  /** Records events; they are written last, just before commit. */
  emit: (...drafts: EventDraft[]) => void
  /**
   * Schedules jobs after the commit, best effort and without waiting: a sweep must find the work of a job that is lost.
   * Work that follows from an event belongs to the event's `reactions` instead.
   */
  enqueue: (...jobs: JobRequest[]) => void
  /** Writes an entry of the audit log. */
  audit: (entry: AuditDraft) => void
}

export type AuditDraft = { action: string; subjectId?: string; detail?: Record<string, unknown> }

/**
 * Runs a use-case in one transaction that sees only the actor's merchant: state, events and audit log commit together or
 * not at all. Deadlocks and serialisation failures are retried, so `work` must have no effect outside the transaction.
 * After the commit the commit listeners run and the jobs of `unit.enqueue` are scheduled.
 */
export async function withTenant<T>(
  app: AppContext,
  actor: TenantActor,
  work: (unit: UnitOfWork) => Promise<T>,
): Promise<T> {
  return retryTransient(() => runOnce(app, actor, work))
}

/**
 * A use-case that is one statement: makes a change (`Prisma.sql`) in the actor's merchant and, if it changed any row, emits
 * events about it, all in one round trip. For changes that happen to every message. Returns whether anything changed.
 */
export async function changeAndEmit(
  app: AppContext,
  actor: TenantActor,
  { change, drafts }: { change: Prisma.Sql; drafts: EventDraft[] },
): Promise<boolean> {
  const { merchantId } = actor
  const entry = { merchantId, actor: actorLabel(actor), requestId: app.requestId(), drafts }
  const run = (text: string, all: unknown[]) => queryMerchant<EventRecord>(app, merchantId, text, all)
  const commit = await retryTransient(() => appendIfChanged(run, entry, change))
  const changed = commit.events.length > 0
  if (changed) app.notifyCommit(commit)
  return changed
}

async function runOnce<T>(app: AppContext, actor: TenantActor, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
  const { merchantId } = actor
  const drafts: EventDraft[] = []
  const entries: AuditDraft[] = []
  const requestId = app.requestId()
  const label = actorLabel(actor)
  const jobs: JobRequest[] = []
  const transaction = async (tx: Tx): Promise<{ result: T; commit: Commit | null }> => {
    const unit: UnitOfWork = {
      app,
      tx,
      actor,
      merchantId,
      emit: (...more) => void drafts.push(...more),
      enqueue: (...more) => void jobs.push(...more),
      audit: (entry) => void entries.push(entry),
    }
    const result = await transactionStore.run(true, () => work(unit))
    const by = { merchantId, actor: label, requestId }
    if (entries.length > 0) await writeAudit(tx, by, entries)
    return { result, commit: drafts.length > 0 ? await append(tx, { ...by, drafts }) : null }
  }
  const { result, commit } = await tenantStore.run({ merchantId }, () => app.database.prisma.$transaction(transaction))
  if (commit) app.notifyCommit(commit)
  if (jobs.length > 0) void tryEnqueue(app, ...jobs)
  return result
}

// Raw, because nearly every use-case passes here: the query compiler would cost more than the statement.
async function writeAudit(
  tx: Tx,
  { merchantId, actor, requestId }: { merchantId: string; actor: string; requestId: string | null },
  entries: readonly AuditDraft[],
): Promise<void> {
  const rows = entries.map((entry) => ({ ...entry, id: uuidv7() }))
  await tx.$executeRaw`
    INSERT INTO audit_entry (id, merchant_id, actor, action, subject_id, detail, request_id)
    SELECT entry.id, ${merchantId}::uuid, ${actor}, entry.action, entry."subjectId", coalesce(entry.detail, '{}'), ${requestId}
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS entry (id uuid, action text, "subjectId" uuid, detail jsonb)`
}
