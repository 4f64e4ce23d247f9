import type { FeatureState } from '../feature-state.ts'

/** Work of this process that outlasts the job that began it. */
type LastingWork = {
  add: (work: Promise<void>) => void
  /** Resolves when no such work is left. */
  settled: () => Promise<void>
}

export const lastingWork: FeatureState<LastingWork> = {
  open: ({ logger }) => {
    const pending = new Set<Promise<void>>()
    return {
      add: (work) => {
        const ended = work
          .catch((error: unknown) => logger.debug({ err: error }, 'work that a job had begun was interrupted'))
          .finally(() => void pending.delete(ended))
        pending.add(ended)
      },
      settled: async () => {
        while (pending.size > 0) await Promise.all(pending)
      },
    }
  },
}
