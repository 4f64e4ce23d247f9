import { AsyncLocalStorage } from 'node:async_hooks'

/** What a kind of work may take of the database. Shares are of the pool's size; every bound is at least 1. */
export type WorkBounds = {
  /** Connections of all shops together. */
  share: number
  /** Connections of one shop. */
  shopShare: number
  /** How long a statement waits for somebody else's lock. */
  lockTimeoutMs: number
  /** How long a connection is waited for, and how many of one shop may do so. */
  waitMs: number
  waiting: number
}

/**
 * Intake gives up before WhatsApp does, which delivers again; people wait a little longer; jobs have time. Readiness is
 * asked even when all is taken.
 */
export const WORK = {
  request: { share: 0.75, shopShare: 0.5, lockTimeoutMs: 3_000, waitMs: 5_000, waiting: 500 },
  intake: { share: 0.5, shopShare: 0.25, lockTimeoutMs: 2_000, waitMs: 4_000, waiting: 200 },
  job: { share: 0.75, shopShare: 0.5, lockTimeoutMs: 5_000, waitMs: 5_000, waiting: 500 },
  sweep: { share: 0.25, shopShare: 0.25, lockTimeoutMs: 2_000, waitMs: 5_000, waiting: 100 },
  readiness: { share: 1, shopShare: 1, lockTimeoutMs: 1_000, waitMs: 1_000, waiting: 20 },
} satisfies Record<string, WorkBounds>
export type WorkKind = keyof typeof WORK
export const WORK_KINDS = Object.keys(WORK) as WorkKind[]

export type Work = {
  readonly kind: WorkKind
  /** Work of one shop with the same lane, such as one chat, has one connection at a time. */
  readonly lane?: string
}

const workStore = new AsyncLocalStorage<Work>()

/** The work that runs now; requests need not say that they are. */
export const currentWork = (): Work => workStore.getStore() ?? { kind: 'request' }

/** Runs `work` with the bounds of its kind. */
export const asWork = <T>(kind: WorkKind, work: () => T): T => workStore.run({ kind }, work)

/** Runs `work` after what else this process does in the lane, so that whatever locks it takes up one connection. */
export const inLane = <T>(lane: string, work: () => T): T => workStore.run({ ...currentWork(), lane }, work)
