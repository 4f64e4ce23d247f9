import {
  getOperationAST,
  type DocumentNode,
  type GraphQLError,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql'
import { CloseCode, handleProtocols, makeServer, type Context } from 'graphql-ws'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Actor } from '../auth/actor.ts'
import type { Authenticator } from '../auth/authenticator.ts'
import type { AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { createRequestContext, type RequestContext } from '../graphql/context.ts'
import { createErrorMask } from '../graphql/errors.ts'
import { costWithinLimits } from '../graphql/limits.ts'
import type { GraphqlServer } from '../graphql/yoga.ts'
import type { Meters } from '../rate-limit/meter.ts'
import { createSlots, HOLDER_PHRASES, connectionBounds, type SlotScope } from '../rate-limit/slots.ts'
import { isRefusal, type Subscriptions } from '../subscriptions/subscriptions.ts'
import type { ActorWatch } from '../subscriptions/watch.ts'
import { withoutHttp } from '../subscriptions/without-http.ts'
import { clientAddress } from './client-address.ts'
import { keepSocketsAlive } from './keep-alive.ts'
import { socketCredentials, upgradeCredentials } from './socket-credentials.ts'
import { detachFromIterator, failedIterator, iterateWhole, receiveMessage } from './socket-operations.ts'
import { Peer } from './socket-peer.ts'
import { closeSocket, socketSink } from './socket-sink.ts'
import { createAnonymousSockets, ANONYMOUS_BOUNDS, type AnonymousBounds } from './anonymous-sockets.ts'

const MAX_MESSAGE_BYTES = 256 * 1024
const MAX_OPERATIONS = 50
/** RFC 6455 registry: "Try Again Later"; graphql-ws clients reconnect after it. */
const TRY_AGAIN_LATER = 1013
/** RFC 6455. */
const GOING_AWAY = 1001

/** Time within which a peer must send connection_init. */
const INIT_TIMEOUT_MS = 10_000

/** graphql-ws hands this to its callbacks. */
type SocketExtra = Record<PropertyKey, unknown> & { peer: Peer }

export type GraphqlSockets = AsyncDisposable & {
  handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  stats: () => { connections: number; anonymous: number }
}

type SocketOptions = {
  yoga: GraphqlServer
  schema: GraphQLSchema
  authenticator: Authenticator
  subscriptions: Subscriptions
  watch: ActorWatch
  meters?: Meters | undefined
  anonymousBounds?: AnonymousBounds
  /** Interval of pings; a peer that has not answered by the next one is disconnected. */
  keepAliveMs?: number
}

/** GraphQL over WebSocket (graphql-transport-ws) with the same limits, errors and permissions as over HTTP. */
export function createGraphqlSockets(
  app: AppContext,
  {
    yoga,
    schema,
    authenticator,
    subscriptions,
    watch,
    meters,
    anonymousBounds = ANONYMOUS_BOUNDS,
    keepAliveMs = 12_000,
  }: SocketOptions,
): GraphqlSockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols,
  })
  const maskForHttp = createErrorMask(app.logger, () => null)
  const mask = (thrown: unknown): GraphQLError => withoutHttp(maskForHttp(thrown))
  const anonymous = createAnonymousSockets(anonymousBounds)
  const keepAlive = keepSocketsAlive(keepAliveMs)
  const slots = createSlots(connectionBounds(app.config.subscriptionsPerCaller), tooMany)
  const peers = new Set<Peer>()

  const contextFor = ({ actor, ip }: Peer): RequestContext =>
    createRequestContext({ app, actor, requestId: newRequestId(), ip, meter: meters?.(actor) })

  /** Admits an authenticated peer. */
  const admitPeer = (peer: Peer, actor: Actor): void => {
    peer.slot = slots.take(actor)
    peer.uncountAnonymous?.()
    peer.uncountAnonymous = undefined
    peer.actor = actor
    watch.add(peer)
  }

  const { opened } = makeServer<Record<string, unknown>, SocketExtra>({
    connectionInitWaitTimeout: 0,
    onConnect: async (connection) => {
      const {
        connectionParams,
        extra: { peer },
      } = connection
      clearTimeout(peer.initTimer)
      peer.initTimer = undefined
      const credentials = socketCredentials(peer.credentials, connectionParams)
      peer.credentials = credentials
      let actor: Actor | null
      try {
        actor = await authenticator.authenticate(credentials)
      } catch (error) {
        app.logger.warn({ err: error }, 'a socket could not be authenticated; its client retries')
        closeSocket(peer.socket, TRY_AGAIN_LATER, 'Credentials cannot be checked now; try again shortly')
        return true
      }
      if (!actor && (credentials.authorization || connectionParams?.authorization)) return false
      try {
        if (actor && peer.socket.readyState === peer.socket.OPEN) admitPeer(peer, actor)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        closeSocket(peer.socket, TRY_AGAIN_LATER, error.message)
      }
      return true
    },
    onSubscribe: async (connection, id, payload) => {
      const { peer } = connection.extra
      try {
        // The connection's subscriptions include this operation already.
        if (Object.keys(connection.subscriptions).length + peer.operations.length > MAX_OPERATIONS)
          throw new AppError('RATE_LIMITED', `A socket carries at most ${MAX_OPERATIONS} operations at a time.`)
        const context = contextFor(peer)
        const enveloped = yoga.getEnveloped({
          requestContext: async () => context,
          anonymous: peer.actor === null,
        } as never)
        const document = enveloped.parse(payload.query) as DocumentNode
        const errors = enveloped.validate(schema, document)
        if (errors.length > 0) return errors.map(mask)
        // graphql-ws keeps the payload as long as the operation runs: the text of the cached document is shared.
        Object.assign(payload, { query: document.loc?.source.body ?? payload.query })
        const variableValues = payload.variables ?? null
        const args = {
          schema,
          document,
          operationName: payload.operationName ?? null,
          variableValues,
          contextValue: context,
        }
        // Refuses the operation here, because graphql-ws closes the socket for errors that are thrown later.
        const cost = costWithinLimits(args)
        // A subscription is charged once, when it starts.
        await context.meter?.charge(cost)
        const operation = { ...args, operationId: id, connection }
        if (getOperationAST(document, args.operationName)?.operation !== 'subscription')
          return { ...operation, execute: enveloped.execute } as unknown as ExecutionArgs
        context.meter = undefined
        return operation as unknown as ExecutionArgs
      } catch (error) {
        return [mask(error)]
      }
    },
    execute: (args) => (args as unknown as SocketArgs).execute(args),
    subscribe: (args) => subscribeOnSocket(args as unknown as SocketArgs),
    onNext: (_ctx, _id, _payload, _args, result) =>
      result.errors ? { ...result, errors: result.errors.map(withoutHttp) } : undefined,
    onError: (_ctx, _id, _payload, errors) => errors.map((error) => mask(error)),
  })

  const logError = (error: unknown) =>
    app.logger.debug({ err: error }, 'a socket was closed for a protocol error of its peer')
  /** Connects a socket with the protocol of graphql-ws, as its own `useServer` does, without keeping the request. */
  const servePeer = (peer: Peer): void => {
    const { socket } = peer
    peers.add(peer)
    peer.uncountAnonymous = anonymous.add(socket, peer.ip)
    peer.initTimer = setTimeout(
      () => socket.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'),
      INIT_TIMEOUT_MS,
    )
    peer.closed = opened(peer, { peer })
    keepAlive.add(socket)
    socket.on('error', logError)
    socket.on('message', (data) => {
      receiveMessage(peer, String(data)).catch((error: unknown) => {
        app.logger.error({ err: error }, 'a message of a socket could not be handled')
        socket.close(CloseCode.InternalServerError, 'Internal server error')
      })
    })
    socket.on('close', (code, reason) => {
      peers.delete(peer)
      clearTimeout(peer.initTimer)
      keepAlive.remove(socket)
      watch.remove(peer)
      peer.slot?.[Symbol.dispose]()
      peer.stopOperations()
      peer.closed(code, String(reason)).catch(logError)
    })
  }

  async function subscribeOnSocket(args: SocketArgs) {
    const { connection, operationId } = args
    const { peer } = connection.extra
    const sink = socketSink(peer.socket, operationId, peer.stream)
    try {
      const opened = await subscriptions.open(args)
      if (!('run' in opened)) return { errors: opened.errors?.map(mask) ?? [] }
      if (opened.kind === 'other') return iterateWhole(opened, sink)
      return detachFromIterator(opened, sink, () => {
        // Without its entry, graphql-ws sends no `complete` when the iterator ends.
        delete connection.subscriptions[operationId]
        peer.addOperation(operationId, opened)
      })
    } catch (error) {
      if (isRefusal(error)) return failedIterator(error)
      // A transient fault: the client reconnects by itself.
      app.logger.debug({ err: error }, 'a subscription could not start')
      sink.end('UNREADABLE')
      return { errors: [mask(error)] }
    }
  }

  return {
    handleUpgrade: (request, socket, head) => {
      const address = clientAddress(request, app.config.trustProxy)
      if (!anonymous.admit(address)) {
        socket.once('finish', () => socket.destroy())
        return void socket.end(TOO_MANY_ANONYMOUS)
      }
      const credentials = upgradeCredentials(request)
      server.handleUpgrade(request, socket, head, (ws) =>
        servePeer(new Peer({ socket: ws, stream: socket, ip: address, credentials })),
      )
    },
    stats: () => ({ connections: peers.size, anonymous: anonymous.count() }),
    [Symbol.asyncDispose]: async () => {
      server.close()
      const closed = [...peers].map(({ socket }) => new Promise((done) => socket.once('close', done)))
      for (const { socket } of peers) socket.close(GOING_AWAY, 'Going away')
      // Peers that do not answer the close are disconnected.
      const timer = setTimeout(() => peers.forEach(({ socket }) => socket.terminate()), 2_000)
      await Promise.all(closed)
      clearTimeout(timer)
      keepAlive[Symbol.dispose]()
    },
  }
}

// randomUUID returns a chain of small strings, which would take a kilobyte as long as a subscription runs.
const newRequestId = (): string => Buffer.from(randomUUID()).toString('latin1')

type SocketArgs = Omit<ExecutionArgs, 'contextValue'> & {
  contextValue: RequestContext
  operationId: string
  connection: Context<Record<string, unknown>, SocketExtra>
  execute: (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>
}

const TOO_MANY_ANONYMOUS =
  'HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n' +
  'Too many sockets of this address have not authenticated; send connection_init, or try again in 5 s.\n'

// A close reason holds at most 123 bytes (RFC 6455).
const tooMany = (full: SlotScope, bound: number): AppError =>
  new AppError(
    full === 'total' ? 'UNAVAILABLE' : 'RATE_LIMITED',
    `${HOLDER_PHRASES[full]} ${bound} sockets already, as many as are allowed; close some: one carries ${MAX_OPERATIONS} operations`,
  )
