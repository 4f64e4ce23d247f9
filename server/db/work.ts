import { AsyncLocalStorage } from 'node:async_hooks'

/** Limits of a kind of work. Shares are fractions of the pool's size; every limit is at least one connection. */
export type WorkBounds = {
  /** Connections of all merchants together. */
  share: number
  /** Connections of one merchant. */
  merchantShare: number
  /** Milliseconds that a statement waits for a lock. */
  lockTimeoutMs: number
  /** Milliseconds that work waits for a connection. */
  waitMs: number
  /** Pieces of work of one merchant that may wait for a connection. */
  waiting: number
}

/**
 * Intake times out before WhatsApp does, which then delivers the webhook again; requests wait longer, jobs longest.
 * Readiness checks have a share of their own.
 */
export const WORK = {
  request: { share: 0.75, merchantShare: 0.5, lockTimeoutMs: 3_000, waitMs: 5_000, waiting: 500 },
  intake: { share: 0.5, merchantShare: 0.25, lockTimeoutMs: 2_000, waitMs: 4_000, waiting: 200 },
  job: { share: 0.75, merchantShare: 0.5, lockTimeoutMs: 5_000, waitMs: 5_000, waiting: 500 },
  sweep: { share: 0.25, merchantShare: 0.25, lockTimeoutMs: 2_000, waitMs: 5_000, waiting: 100 },
  readiness: { share: 1, merchantShare: 1, lockTimeoutMs: 1_000, waitMs: 1_000, waiting: 20 },
} satisfies Record<string, WorkBounds>
export type WorkKind = keyof typeof WORK
export const WORK_KINDS = Object.keys(WORK) as WorkKind[]

export type Work = {
  readonly kind: WorkKind
  /** Work of one merchant in the same concurrency group, such as one chat, holds one connection at a time. */
  readonly group?: string
}

const workStore = new AsyncLocalStorage<Work>()

/** The current work; a request unless `asWork` says otherwise. */
export const currentWork = (): Work => workStore.getStore() ?? { kind: 'request' }

/** Runs `work` within the limits of its kind. */
export const asWork = <T>(kind: WorkKind, work: () => T): T => workStore.run({ kind }, work)

/** Runs `work` after the work of this process in the same group, so that work that locks the same rows holds one connection. */
export const inConcurrencyGroup = <T>(group: string, work: () => T): T =>
  workStore.run({ ...currentWork(), group }, work)
