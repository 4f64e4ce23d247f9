type RefresherOptions = {
  /** Wait this long after the first request, so that a burst is one refresh. */
  delayMs?: number
  /** At least this long between two refreshes. */
  intervalMs?: number
  now?: () => number
}

export type Refresher = { request: () => void; stop: () => void }

/** Runs `refresh` soon after it was requested, and never more often than the interval. The last request is never lost. */
export function createRefresher(refresh: () => void, options: RefresherOptions = {}): Refresher {
  const { delayMs = 300, intervalMs = 1_500, now = Date.now } = options
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = Number.NEGATIVE_INFINITY
  return {
    request: () => {
      if (timer) return
      timer = setTimeout(
        () => {
          timer = undefined
          last = now()
          refresh()
        },
        Math.max(delayMs, last + intervalMs - now()),
      )
    },
    stop: () => clearTimeout(timer),
  }
}
