type RefresherOptions = {
  /** Delay after the first request in ms, so that a burst causes one refresh. */
  delayMs?: number
  /** Minimum interval between two refreshes, in ms. */
  intervalMs?: number
  now?: () => number
}

export type Refresher = { request: () => void; stop: () => void }

/** Throttles `refresh`: it runs soon after a request, at most once per interval, and always after the last request. */
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
