/**
 * Runs `act` with a signal that aborts after `ms` or together with its parent. (AbortSignal.any would suffice, but in
 * Node 20 every use leaks a reference on a parent that lives as long as the process.)
 */
export const withDeadline = async <T>(
  ms: number,
  parent: AbortSignal | undefined,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const own = new AbortController()
  const abort = () => own.abort()
  const timer = setTimeout(abort, ms)
  parent?.addEventListener('abort', abort, { once: true })
  if (parent?.aborted) abort()
  try {
    return await act(own.signal)
  } finally {
    clearTimeout(timer)
    parent?.removeEventListener('abort', abort)
  }
}
