import type { FastifyInstance, FastifyReply } from 'fastify'
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'
import type { AppContext } from '../../../context.ts'
import { decideCheckout, findCheckout, undeliveredCheckouts, type Outcome } from './checkouts.ts'
import { createWebhookSender } from './deliveries.ts'
import { checkoutPage, missingPage } from './page.ts'

const PATH = '/sandbox-pay/:token'
const decision = z.object({ outcome: z.enum(['pay', 'later', 'decline']) })
const OUTCOMES = { pay: 'PAID', later: 'SETTLING', decline: 'DECLINED' } satisfies Record<string, Outcome>

const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

function sendPage(reply: FastifyReply, status: number, page: (nonce: string) => string): FastifyReply {
  const nonce = randomBytes(16).toString('base64')
  return (
    reply
      .status(status)
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy(nonce))
      .header('cache-control', 'no-store')
      // The address is a secret, so it must not reach other sites as a referrer.
      .header('referrer-policy', 'no-referrer')
      .send(page(nonce))
  )
}

/**
 * The sandbox provider's checkout pages, separate from Storeline as those of another company: the customer chooses the
 * outcome of the payment, and the sandbox reports it by a signed webhook.
 */
export function registerSandbox(server: FastifyInstance, app: AppContext): void {
  const receiver = () =>
    `http://127.0.0.1:${(server.server.address() as AddressInfo | null)?.port ?? app.config.port}/webhooks/payments/sandbox`
  const webhooks = createWebhookSender(app, receiver)
  // Webhooks that an earlier process did not deliver.
  server.addHook('onListen', () => {
    undeliveredCheckouts(app).then(
      (checkouts) => checkouts.forEach((checkout) => webhooks.send(checkout)),
      (error: unknown) => app.logger.warn({ err: error }, 'the sandbox could not read its undelivered webhooks'),
    )
  })
  server.addHook('preClose', () => webhooks.stop())

  server.removeAllContentTypeParsers()
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 4096 },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )

  server.get<{ Params: { token: string } }>(PATH, async (request, reply) => {
    const checkout = await findCheckout(app, request.params.token)
    if (!checkout) return sendPage(reply, 404, missingPage)
    return sendPage(reply, 200, (nonce) => checkoutPage(checkout, nonce))
  })

  server.post<{ Params: { token: string } }>(PATH, { bodyLimit: 4096 }, async (request, reply) => {
    const checkout = await findCheckout(app, request.params.token)
    if (!checkout) return sendPage(reply, 404, missingPage)
    const choice = decision.safeParse(request.body)
    if (!choice.success) return sendPage(reply, 400, (nonce) => checkoutPage(checkout, nonce))
    const decided = await decideCheckout(app, checkout, OUTCOMES[choice.data.outcome])
    if (decided) webhooks.send(checkout)
    // Redirects to the page by GET, so that a reload does not submit the form again.
    return reply.status(303).header('location', `/sandbox-pay/${checkout.token}`).send()
  })
}
