import type { FastifyInstance } from 'fastify'
import type { AppContext } from '../../context.ts'
import { asWork } from '../../db/work.ts'
import { isBusy, isUnreachable } from '../../db/errors.ts'
import { WebhookRefusedError } from './providers/provider.ts'
import { hostedProvider } from './providers/registry.ts'
import { ingestProviderEvent } from './service/ingest-provider-event.ts'

const MAX_BYTES = 64 * 1024

/** Receives webhooks of payment providers at `/webhooks/payments/<provider>`. 200 means stored; providers retry on any other status. */
export function registerPaymentWebhooks(server: FastifyInstance, app: AppContext): void {
  // The signature covers the raw bytes, so the body must not be parsed first.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BYTES }, (_request, body, done) =>
    done(null, body),
  )
  server.post<{ Params: { provider: string } }>(
    '/webhooks/payments/:provider',
    { bodyLimit: MAX_BYTES },
    (request, reply) =>
      asWork('intake', async () => {
        const provider = hostedProvider(app.config, request.params.provider)
        if (!provider) return reply.status(404).send({ error: 'There is no such payment provider.' })
        const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        try {
          const event = provider.readWebhook(app, raw, request.headers)
          if (await ingestProviderEvent(app, provider.name, event)) return await reply.send({ received: true })
          return await reply.status(404).send({ error: 'There is no such payment.' })
        } catch (error) {
          if (error instanceof WebhookRefusedError) return reply.status(error.status).send({ error: error.message })
          if (!isUnreachable(error) && !isBusy(error)) throw error
          app.logger.warn({ err: error }, 'a payment webhook cannot be written now; the provider will send it again')
          return reply.status(503).header('retry-after', '5').send({ error: 'Try again shortly.' })
        }
      }),
  )
}
