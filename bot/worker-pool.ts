export type WorkerPoolOptions<Job> = {
  concurrency: number
  /** Answers null when there is nothing to claim. */
  claim: () => Promise<Job | null>
  /** Never throws. */
  handle: (job: Job) => Promise<void>
  onClaimFailed: (error: unknown) => void
}

export type WorkerPool = {
  /** Signals that there may be jobs: the workers claim until `claim` answers null. */
  wake: () => void
  /** Stops claiming; resolves once every job in progress is handled. */
  drain: () => Promise<void>
  /** Number of jobs in progress. */
  active: () => number
}

/**
 * Claims and handles jobs with bounded concurrency. A worker is one loop of claim and handle. A wake-up starts one
 * worker, and each worker that claims a job starts the next, so one signal suffices for any number of jobs and an idle
 * pool costs nothing.
 */
export const createWorkerPool = <Job>({
  concurrency,
  claim,
  handle,
  onClaimFailed,
}: WorkerPoolOptions<Job>): WorkerPool => {
  const workers = new Set<Promise<void>>()
  const now = { draining: false, wakeUps: 0, active: 0 }

  const run = async (): Promise<void> => {
    while (!now.draining) {
      const seen = now.wakeUps
      const job = await claim()
      if (job === null) {
        // A wake-up during the claim may announce a job that this claim did not see.
        if (seen === now.wakeUps) return
        continue
      }
      startWorker()
      now.active += 1
      await handle(job).finally(() => {
        now.active -= 1
      })
    }
  }

  const startWorker = (): void => {
    if (now.draining || workers.size >= concurrency) return
    const worker: Promise<void> = run()
      .catch(onClaimFailed)
      .finally(() => workers.delete(worker))
    workers.add(worker)
  }

  return {
    wake: () => {
      now.wakeUps += 1
      startWorker()
    },
    drain: async () => {
      now.draining = true
      await Promise.all(workers)
    },
    active: () => now.active,
  }
}
