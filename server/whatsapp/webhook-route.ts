import type { FastifyInstance } from 'fastify'
import type { AppContext } from '../context.ts'
import { isBusy, isUnreachable } from '../db/errors.ts'
import { asWork } from '../db/work.ts'
import { verifySignature } from './signature.ts'
import { parseWebhook, UnparsableWebhookError, verifyHandshake, type WebhookUpdates } from './webhook.ts'

const PATH = '/webhooks/whatsapp'
/** Meta's own limit for a delivery. */
const MAX_BYTES = 3 * 1024 * 1024

/** The functions that store what a delivery holds. One that throws makes WhatsApp deliver the whole body again. */
export type WebhookDestinations = {
  messages: (app: AppContext, updates: Pick<WebhookUpdates, 'messages' | 'statuses'>) => Promise<void>
  templates: (app: AppContext, updates: WebhookUpdates['templates']) => Promise<void>
  preferences: (app: AppContext, updates: WebhookUpdates['preferences']) => Promise<void>
}

/**
 * Registers the webhook of the Cloud API: the handshake (GET), and signed updates (POST). The answer 200 means that
 * every update is committed; WhatsApp delivers again after any other answer.
 */
export const registerWhatsappWebhook =
  ({ messages, templates, preferences }: WebhookDestinations) =>
  (server: FastifyInstance, app: AppContext): void => {
    const { appSecret, verifyToken } = app.config.whatsapp
    server.get(PATH, (request, reply) => {
      const challenge = verifyHandshake(request.query, verifyToken)
      if (challenge === null) return reply.status(403).send({ error: 'The verify token does not match.' })
      return reply.type('text/plain').send(challenge)
    })

    // The signature covers the raw bytes, so nothing may parse them first.
    server.removeAllContentTypeParsers()
    server.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BYTES }, (_request, body, done) =>
      done(null, body),
    )
    server.post(PATH, { bodyLimit: MAX_BYTES }, (request, reply) =>
      asWork('intake', async () => {
        const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        const header = request.headers['x-hub-signature-256']
        if (!verifySignature(raw, typeof header === 'string' ? header : undefined, appSecret)) {
          return reply.status(401).send({ error: 'The signature does not match the body.' })
        }
        try {
          const updates = parseWebhook(raw)
          await messages(app, updates)
          await templates(app, updates.templates)
          await preferences(app, updates.preferences)
          return await reply.send({ received: true })
        } catch (error) {
          if (error instanceof UnparsableWebhookError) return reply.status(400).send({ error: error.message })
          if (!isUnreachable(error) && !isBusy(error)) throw error
          app.logger.warn(
            { err: error },
            'the WhatsApp webhook cannot reach the database, or waited too long; WhatsApp will deliver again',
          )
          return reply.status(503).header('retry-after', '5').send({ error: 'Try again shortly.' })
        }
      }),
    )
  }
