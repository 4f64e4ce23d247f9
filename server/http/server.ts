import cookie from '@fastify/cookie'
import fastify, { type FastifyInstance } from 'fastify'
import type { GraphQLSchema } from 'graphql'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { createAuthenticator, type TurnFinder } from '../auth/authenticator.ts'
import type { Permission } from '../auth/permissions.ts'
import type { AppContext } from '../context.ts'
import { isUnstorable } from '../db/errors.ts'
import { createGraphqlServer } from '../graphql/yoga.ts'
import { createRateLimiter } from '../rate-limit/limiter.ts'
import { createMeters } from '../rate-limit/meter.ts'
import { createSubscriptions } from '../subscriptions/subscriptions.ts'
import { watchActors } from '../subscriptions/watch.ts'
import { registerGraphql } from './graphql.ts'
import { type Health, registerHealth } from './health.ts'
import { registerMedia } from './media.ts'
import { registerMetrics } from './metrics.ts'
import { withRequestId } from '../request-id.ts'
import { securityHeaders } from './security-headers.ts'
import { createSseStreams } from './sse.ts'
import { registerWebApp, type PhonePage } from './web-app.ts'
import { createGraphqlSockets } from './websocket.ts'

/** Registers routes of a feature, e.g. its webhooks. The composition root passes them in. */
export type HttpModule = (server: FastifyInstance, app: AppContext) => Promise<void> | void
/** A WebSocket endpoint besides /graphql. Returns whether it handled the upgrade. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean

export type HttpServer = AsyncDisposable & { url: string; health: Health; server: FastifyInstance }

/** The functions and permissions of features that the edge needs. */
export type EdgeFeatures = {
  findHeldTurn: TurnFinder
  /** The permission that the edge requires before it reads the body of an upload. */
  uploadPermission: Permission
}

export type HttpOptions = {
  schema: GraphQLSchema
  features: EdgeFeatures
  /** The guard of the phone page; null when no phone page is served. */
  phone?: PhonePage | null
  modules?: HttpModule[]
  upgrades?: UpgradeHandler[]
  headersMs?: number
}

/** Time within which a connection must send the headers of a request. */
const HEADERS_MS = 10_000

const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/

/** The HTTP server of an api process. Disposing it refuses new requests, ends sockets and streams, and waits for running requests. */
export async function startHttpServer(
  app: AppContext,
  { schema, features, phone = null, modules = [], upgrades = [], headersMs = HEADERS_MS }: HttpOptions,
): Promise<HttpServer> {
  const server = fastify({
    logger: false,
    // Trusts proxies by their position from the end of X-Forwarded-For, because clients can forge the beginning.
    trustProxy: (_address, hop) => hop < app.config.trustProxy,
    bodyLimit: 1024 * 1024,
    // Enough for 10 MB over a slow line; uploads have stricter limits for stalls.
    requestTimeout: 120_000,
    // Holds also for upgrades and silent connections. By default Node checks only every 30 s.
    http: { headersTimeout: headersMs, connectionsCheckingInterval: Math.min(1_000, headersMs) },
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    genReqId: ({ headers }) =>
      typeof headers['x-request-id'] === 'string' && REQUEST_ID.test(headers['x-request-id'])
        ? headers['x-request-id']
        : randomUUID(),
  })
  await server.register(cookie)
  const headers = securityHeaders({ https: app.config.publicUrl.startsWith('https:') })
  server.addHook('onRequest', (request, reply, next) => {
    reply.headers(headers).header('x-request-id', request.id)
    withRequestId(request.id, next)
  })
  server.addHook('onResponse', (request, reply, next) => {
    app.logger.debug(
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    )
    next()
  })
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (isUnstorable(error))
      return reply
        .status(400)
        .send({ error: 'A text contains a NUL character or half of a surrogate pair; remove it.' })
    const status = error.statusCode && error.statusCode < 500 ? error.statusCode : 500
    if (status === 500) app.logger.error({ err: error, requestId: request.id }, 'request failed')
    return reply.status(status).send({
      error: status === 500 ? `Something went wrong on our side. Report this id: ${request.id}` : error.message,
    })
  })

  const authenticator = await createAuthenticator(app, features.findHeldTurn)
  const yoga = createGraphqlServer(app, schema)
  const { rateLimit } = app.config
  const limiter = rateLimit && (await createRateLimiter(app.config, rateLimit, app.logger))
  const meters = rateLimit && limiter ? createMeters(limiter, rateLimit) : undefined
  const subscriptions = createSubscriptions(app)
  const watch = watchActors(authenticator, app.logger)
  const sockets = createGraphqlSockets(app, { yoga, schema, authenticator, subscriptions, watch, meters })
  const sse = createSseStreams(app, { subscriptions, watch })
  const health = registerHealth(server, app)
  registerMetrics(server, app, { sockets: sockets.stats, subscriptions: subscriptions.stats })
  registerGraphql(server, app, {
    yoga,
    schema,
    authenticator,
    meters,
    sse,
    uploadPermission: features.uploadPermission,
  })
  registerMedia(server, app)
  for (const module of modules) await server.register(async (scope) => module(scope, app))
  await registerWebApp(server, { root: app.config.webDir, phone })

  server.server.on('upgrade', (request, socket, head) => {
    // A peer that disconnects during its upgrade must not end the process.
    socket.on('error', destroy)
    const path = (request.url ?? '').split('?')[0]
    if (path === '/graphql') return sockets.handleUpgrade(request, socket, head)
    if (upgrades.some((handle) => handle(request, socket, head))) return
    // Otherwise a peer that never closes its half would keep the socket open.
    socket.once('finish', () => socket.destroy())
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
  })

  const url = await server.listen({ port: app.config.port, host: app.config.host })
  health.ready = true
  return {
    url,
    health,
    server,
    [Symbol.asyncDispose]: async () => {
      health.ready = false
      watch.stop()
      await Promise.all([sockets[Symbol.asyncDispose](), sse[Symbol.asyncDispose]()])
      // Connections become idle once their last request is answered; Node would keep them for keepAliveTimeout.
      const idle = setInterval(() => server.server.closeIdleConnections(), 50)
      await server.close().finally(() => clearInterval(idle))
      await authenticator[Symbol.asyncDispose]()
      await limiter?.[Symbol.asyncDispose]()
    },
  }
}

// Not a closure of the upgrade: it would keep the request in memory as long as the socket.
function destroy(this: Duplex): void {
  this.destroy()
}
