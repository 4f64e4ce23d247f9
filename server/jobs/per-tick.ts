/**
 * Gathers what callers hand over within one turn of the event loop and does it all at once, so that it shares a round trip.
 * `work` returns a result for each item, in order; an Error rejects the caller of its item.
 */
export function perTick<Item>(work: (items: Item[]) => Promise<readonly (Error | null)[]>) {
  type Waiting = { item: Item; done: () => void; fail: (error: unknown) => void }
  let waiting: Waiting[] = []

  const flush = async (): Promise<void> => {
    const batch = waiting
    waiting = []
    try {
      const errors = await work(batch.map(({ item }) => item))
      for (const [index, { done, fail }] of batch.entries()) {
        const error = errors[index]
        if (error) fail(error)
        else done()
      }
    } catch (error) {
      for (const { fail } of batch) fail(error)
    }
  }

  return (item: Item): Promise<void> =>
    new Promise<void>((done, fail) => {
      // The check phase follows the phase in which sockets are read, so nothing waits longer than its neighbours take.
      if (waiting.push({ item, done, fail }) === 1) setImmediate(() => void flush())
    })
}
