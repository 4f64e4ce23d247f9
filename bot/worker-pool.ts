/** What the lanes work on: `claim` answers null when there is nothing to do. Neither may be aborted half-way by `wake`. */
export type LanesOptions<Work> = {
  concurrency: number
  claim: () => Promise<Work | null>
  /** Never throws. */
  handle: (work: Work) => Promise<void>
  onClaimFailed: (error: unknown) => void
}

export type Lanes = {
  /** There may be work: claims until there is none. */
  wake: () => void
  /** Claims nothing more; resolves when everything in hand is handled. */
  drain: () => Promise<void>
  inHand: () => number
}

/**
 * Claims and handles with bounded concurrency. A lane is one loop of claim and handle; one is opened by a wake-up, and
 * each that finds work opens the next, so that one signal is enough for any amount of work and idle costs nothing.
 */
export const createLanes = <Work>({ concurrency, claim, handle, onClaimFailed }: LanesOptions<Work>): Lanes => {
  const open = new Set<Promise<void>>()
  const now = { draining: false, wakeUps: 0, inHand: 0 }

  const run = async (): Promise<void> => {
    while (!now.draining) {
      const seen = now.wakeUps
      const work = await claim()
      if (work === null) {
        // A wake-up while the claim was under way may be about work the claim did not see yet.
        if (seen === now.wakeUps) return
        continue
      }
      openLane()
      now.inHand += 1
      await handle(work).finally(() => {
        now.inHand -= 1
      })
    }
  }

  const openLane = (): void => {
    if (now.draining || open.size >= concurrency) return
    const lane: Promise<void> = run()
      .catch(onClaimFailed)
      .finally(() => open.delete(lane))
    open.add(lane)
  }

  return {
    wake: () => {
      now.wakeUps += 1
      openLane()
    },
    drain: async () => {
      now.draining = true
      await Promise.all(open)
    },
    inHand: () => now.inHand,
  }
}
