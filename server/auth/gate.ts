import { availableParallelism } from 'node:os'

export type GateSize = {
  /** Pieces of work that may run at a time. */
  concurrency: number
  /** Length of each queue. */
  waiting: number
  /** Pieces of work that one owner may have running or queued. */
  perOwner: number
}

/** The owner of a piece of work. Work with `first` is started before all other queued work. */
export type Turn = { owner: string; first: boolean }

export type Gate = {
  /** Runs `work` when a slot is free; null when the queue is full or the owner has reached its share. */
  run: <T>(turn: Turn, work: () => Promise<T>) => Promise<T> | null
}

/** Limits concurrency. One owner can fill neither the slots nor the queue, and work with priority never waits behind work without it. */
export function createGate({ concurrency, waiting, perOwner }: GateSize): Gate {
  const queues: Record<'first' | 'others', (() => void)[]> = { first: [], others: [] }
  /** Work of each owner, running or queued. */
  const ownWork = new Map<string, number>()
  let running = 0

  const leave = (owner: string) => {
    const left = (ownWork.get(owner) ?? 1) - 1
    if (left > 0) ownWork.set(owner, left)
    else ownWork.delete(owner)
    // The slot passes to the next in the queue directly, so that newcomers cannot take it in between.
    const next = queues.first.shift() ?? queues.others.shift()
    if (next) next()
    else running--
  }
  const pass = async <T>({ owner, first }: Turn, work: () => Promise<T>): Promise<T> => {
    if (running < concurrency) running++
    else await new Promise<void>((go) => queues[first ? 'first' : 'others'].push(go))
    try {
      return await work()
    } finally {
      leave(owner)
    }
  }
  return {
    run: (turn, work) => {
      const own = ownWork.get(turn.owner) ?? 0
      const isFull = running >= concurrency && queues[turn.first ? 'first' : 'others'].length >= waiting
      if (own >= perOwner || isFull) return null
      ownWork.set(turn.owner, own + 1)
      return pass(turn, work)
    },
  }
}

// At most half of the processors hash passwords, so that the others answer requests during an attack.
const PASSWORDS: GateSize = {
  concurrency: Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2))),
  waiting: 64,
  perOwner: 8,
}

/** Limits all work that hashes a password or checks a secret of a person. */
export const createPasswordGate = (): Gate => createGate(PASSWORDS)
