import { availableParallelism } from 'node:os'

/** Concurrency limit, queue length, and pieces of work that one owner may have running or queued. */
export type GateSize = { atOnce: number; waiting: number; perOwner: number }

/** The owner of a piece of work. Work with `first` is started before all other queued work. */
export type Turn = { owner: string; first: boolean }

export type Gate = {
  /** Runs `work` when a slot is free; null when the queue is full or the owner has reached its share. */
  run: <T>(turn: Turn, work: () => Promise<T>) => Promise<T> | null
}

/** Limits concurrency. One owner can fill neither the slots nor the queue, and work with priority waits behind none without. */
export function createGate({ atOnce, waiting, perOwner }: GateSize): Gate {
  const rooms: Record<'first' | 'others', (() => void)[]> = { first: [], others: [] }
  const underWay = new Map<string, number>()
  let running = 0

  const leave = (owner: string) => {
    const left = (underWay.get(owner) ?? 1) - 1
    if (left > 0) underWay.set(owner, left)
    else underWay.delete(owner)
    // The slot passes to the next in the queue directly, so that newcomers cannot take it in between.
    const next = rooms.first.shift() ?? rooms.others.shift()
    if (next) next()
    else running--
  }
  const pass = async <T>({ owner, first }: Turn, work: () => Promise<T>): Promise<T> => {
    if (running < atOnce) running++
    else await new Promise<void>((go) => rooms[first ? 'first' : 'others'].push(go))
    try {
      return await work()
    } finally {
      leave(owner)
    }
  }
  return {
    run: (turn, work) => {
      const own = underWay.get(turn.owner) ?? 0
      const isFull = running >= atOnce && rooms[turn.first ? 'first' : 'others'].length >= waiting
      if (own >= perOwner || isFull) return null
      underWay.set(turn.owner, own + 1)
      return pass(turn, work)
    },
  }
}

// At most half of the processors hash passwords; the others answer requests while somebody guesses.
const PASSWORDS: GateSize = {
  atOnce: Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2))),
  waiting: 64,
  perOwner: 8,
}

/** The gate before all work that hashes a password or looks up the secret of a person. */
export const createPasswordGate = (): Gate => createGate(PASSWORDS)
