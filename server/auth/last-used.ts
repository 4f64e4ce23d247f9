import type { AppContext } from '../context.ts'
import { queryMerchant } from '../db/merchant-query.ts'
import type { ApiKeyActor } from './actor.ts'

export type UseRecorder = AsyncDisposable & {
  /** Records the use of a key in the background; a failed write does not affect the caller. */
  record: (actor: ApiKeyActor) => void
}

const EVERY_MS = 60_000
const CAPACITY = 10_000
// The condition holds across processes: the second write within a minute changes no row.
const TOUCH = `UPDATE api_key SET last_used_at = now()
  WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`

/** Writes `last_used_at` of API keys at most once a minute each, without delaying the request. */
export function createUseRecorder(app: Pick<AppContext, 'database' | 'logger'>): UseRecorder {
  const written = new Map<string, number>()
  const writing = new Set<Promise<unknown>>()
  return {
    record: ({ merchantId, apiKeyId }) => {
      const now = Date.now()
      if (now - (written.get(apiKeyId) ?? 0) < EVERY_MS) return
      if (written.size >= CAPACITY) written.delete(written.keys().next().value as string)
      // The key that has waited longest for its next write is the first.
      written.delete(apiKeyId)
      written.set(apiKeyId, now)
      const write = queryMerchant(app, merchantId, TOUCH, [apiKeyId])
        .catch((error: unknown) => {
          written.delete(apiKeyId)
          app.logger.debug({ err: error }, 'the use of a key could not be written down; its next use is')
        })
        .finally(() => writing.delete(write))
      writing.add(write)
    },
    [Symbol.asyncDispose]: async () => void (await Promise.all(writing)),
  }
}
