import type { FastifyInstance } from 'fastify'
import type { AppContext } from '../context.ts'
import { asWork } from '../db/work.ts'
import { isBusy, isUnreachable } from '../db/errors.ts'
import { verifySignature } from './signature.ts'
import { parseWebhook, UnparsableWebhookError, verifyHandshake } from './webhook.ts'
import { takeInTemplateNews } from '../features/templates/sync.ts'
import { takeInPreferences } from '../features/customers/opt-out.ts'
import { takeIn } from '../features/conversations/messages/intake.ts'

const PATH = '/webhooks/whatsapp'
/** Meta's own limit for a delivery. */
const MAX_BYTES = 3 * 1024 * 1024

/** Where WhatsApp delivers: the handshake, and signed updates. 200 means stored for good; anything else is delivered again. */
export function registerWhatsappWebhook(server: FastifyInstance, app: AppContext): void {
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
        await takeIn(app, updates)
        await takeInTemplateNews(app, updates.templates)
        await takeInPreferences(app, updates.preferences)
        return await reply.send({ received: true })
      } catch (error) {
        if (error instanceof UnparsableWebhookError) return reply.status(400).send({ error: error.message })
        if (!isUnreachable(error) && !isBusy(error)) throw error
        app.logger.warn(
          { err: error },
          'intake cannot reach the database, or waited too long; WhatsApp will deliver again',
        )
        return reply.status(503).header('retry-after', '5').send({ error: 'Try again shortly.' })
      }
    }),
  )
}
