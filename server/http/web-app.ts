import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'

/** The guard of the emulator's phone page. */
export type PhonePage = {
  isAdmitted: (headers: IncomingHttpHeaders) => boolean
  /** Answers with the form that asks for the emulator's secret. */
  sendSignIn: (reply: FastifyReply) => FastifyReply
}

const NONCE = '__CSP_NONCE__'

const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self' ws: wss:",
    "img-src 'self' data: blob: https:",
    "font-src 'self'",
    "manifest-src 'self'",
    "media-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')

/** Serves the built pages: the dashboard for every path without a route, and the phone page. The API runs without them, too. */
export async function registerWebApp(
  server: FastifyInstance,
  { root, phone }: { root: string; phone: PhonePage | null },
): Promise<void> {
  const send = async (reply: FastifyReply, page: string) => {
    const html = await readFile(join(root, page), 'utf8').catch(() => null)
    if (html === null) return reply.status(404).send({ error: 'The pages are not built. Run "npm run build".' })
    const nonce = randomBytes(16).toString('base64')
    return reply
      .type('text/html')
      .header('content-security-policy', policy(nonce))
      .header('cache-control', 'no-cache')
      .send(html.replaceAll(NONCE, nonce))
  }
  if (existsSync(root)) {
    await server.register(fastifyStatic, {
      root,
      serve: true,
      wildcard: true,
      index: false,
      decorateReply: false,
      // Names of assets contain a hash of their content, so they may be cached for ever.
      setHeaders: (reply, path) =>
        void reply.header(
          'cache-control',
          path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        ),
    })
  }

  if (phone) {
    server.get('/phone', (request, reply) =>
      phone.isAdmitted(request.headers) ? send(reply, 'server/emulator/phone/index.html') : phone.sendSignIn(reply),
    )
  }
  server.get('/', (_request, reply) => send(reply, 'web/index.html'))
  server.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
    return wantsPage ? send(reply, 'web/index.html') : reply.status(404).send({ error: 'There is nothing here.' })
  })
}
