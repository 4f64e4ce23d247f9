import { availableParallelism } from 'node:os'

/** How much may go on, and wait, at a time. */
export type GateSize = { atOnce: number; waiting: number; perOwner: number }

/** On whose behalf something passes. `first` passes before all others. */
export type Turn = { owner: string; first: boolean }

export type Gate = {
  /** Runs `work` when its turn comes; null when there is no room to wait, or the owner has enough under way. */
  run: <T>(turn: Turn, work: () => Promise<T>) => Promise<T> | null
}

/**
 * Lets little through at a time. Neither processor nor waiting room can be used up by one owner, and those who go first
 * do not wait behind a crowd.
 */
export function createGate({ atOnce, waiting, perOwner }: GateSize): Gate {
  const rooms: Record<'first' | 'others', (() => void)[]> = { first: [], others: [] }
  const underWay = new Map<string, number>()
  let running = 0

  const leave = (owner: string) => {
    const left = (underWay.get(owner) ?? 1) - 1
    if (left > 0) underWay.set(owner, left)
    else underWay.delete(owner)
    // The place goes on to the next one; in between nobody else may take it.
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

// Half the processors at most: the rest answers everybody else while passwords are guessed.
const PASSWORDS: GateSize = {
  atOnce: Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2))),
  waiting: 64,
  perOwner: 8,
}

/** The gate before all work that hashes a password or looks up the secret of a person. */
export const createPasswordGate = (): Gate => createGate(PASSWORDS)
