import type { FastifyInstance } from 'fastify'
import type { AppContext } from '../context.ts'
import { isBlobKey } from '../storage/blob-store.ts'

const TYPES: Record<string, string> = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' }

/** Public pictures by unguessable key. A key never changes its content, so browsers and WhatsApp may keep it for ever. */
export function registerMedia(server: FastifyInstance, app: AppContext): void {
  server.get<{ Params: { '*': string } }>('/media/*', async (request, reply) => {
    const key = request.params['*']
    const type = TYPES[key.split('.').at(-1) ?? '']
    const info = type && isBlobKey(key) ? await app.storage.info(key) : null
    if (!info || !type) return reply.status(404).send({ error: 'There is no such picture.' })
    return reply
      .type(type)
      .header('content-length', info.size)
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('cross-origin-resource-policy', 'cross-origin')
      .send(app.storage.read(key))
  })
}
