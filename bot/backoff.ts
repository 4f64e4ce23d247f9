export type Backoff = { baseMs: number; maxMs: number }

/**
 * The delay before the n-th retry (1, 2, …) in ms: exponential up to the maximum, half of it jitter so that many clients
 * do not return at the same moment.
 */
export const backoffMs = (retry: number, { baseMs, maxMs }: Backoff): number => {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(retry - 1, 20))
  return full / 2 + (Math.random() * full) / 2
}

/** Waits; returns early, without failing, when the signal is aborted. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
