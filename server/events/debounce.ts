/** The debounce window of `windowMs` that the present moment lies in, as a number that every process agrees on. */
export const currentWindow = (windowMs: number): number => Math.floor(Date.now() / windowMs)

/** Counts each merchant's commits in this process within the current debounce window. */
export function createCommitCounter(windowMs: number) {
  let window = 0
  const counts = new Map<string, number>()
  return {
    /** Which commit of the merchant in the window this is, from 1. */
    count: (merchantId: string): number => {
      if (window !== currentWindow(windowMs)) counts.clear()
      window = currentWindow(windowMs)
      const nth = (counts.get(merchantId) ?? 0) + 1
      counts.set(merchantId, nth)
      return nth
    },
  }
}
