import { AsyncLocalStorage } from 'node:async_hooks'

const store = new AsyncLocalStorage<string | null>()

/** The id of the request that caused the current work, also in jobs that it scheduled. */
export const currentRequestId = (): string | null => store.getStore() ?? null

export const withRequestId = <T>(requestId: string | null, work: () => T): T => store.run(requestId, work)
