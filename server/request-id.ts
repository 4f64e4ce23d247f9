import { AsyncLocalStorage } from 'node:async_hooks'

const store = new AsyncLocalStorage<string | null>()

/** The id of the request that caused what runs now, through jobs and back. */
export const currentRequestId = (): string | null => store.getStore() ?? null

export const withRequestId = <T>(requestId: string | null, work: () => T): T => store.run(requestId, work)
