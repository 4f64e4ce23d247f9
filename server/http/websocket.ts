import { type GraphQLError, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { useServer, type Extra } from 'graphql-ws/use/ws'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Actor } from '../auth/actor.ts'
import type { Credentials } from '../auth/authenticate.ts'
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
import { socketCredentials } from './socket-credentials.ts'
import { closeSocket, endSocket, failedIterator, silentIterator, socketSink } from './socket-sink.ts'
import { createAnonymousSockets, ANONYMOUS_BOUNDS, type AnonymousBounds } from './anonymous-sockets.ts'

const MAX_MESSAGE_BYTES = 256 * 1024
const MAX_OPERATIONS = 50
/** RFC 6455 registry: "Try Again Later"; graphql-ws clients reconnect after it. */
const TRY_AGAIN_LATER = 1013

type SocketState = { actor: Actor | null }
type AuthenticatedPeer = { credentials: Credentials; actor: Actor }
type SocketExtra = Extra & { state?: SocketState } & Record<PropertyKey, unknown>

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
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
  const maskForHttp = createErrorMask(app.logger, () => null)
  const mask = (thrown: unknown): GraphQLError => withoutHttp(maskForHttp(thrown))
  const anonymous = createAnonymousSockets(anonymousBounds)
  const uncountAnonymous = new WeakMap<WebSocket, () => void>()
  const slots = createSlots(connectionBounds(app.config.subscriptionsPerCaller), tooMany)

  const contextFor = (actor: Actor | null, request: IncomingMessage): RequestContext =>
    createRequestContext({
      app,
      actor,
      requestId: randomUUID(),
      ip: clientAddress(request, app.config.trustProxy),
      meter: meters?.(actor),
    })

  /** Admits an authenticated peer. */
  const admitPeer = ({ socket }: Extra, state: SocketState, { credentials, actor }: AuthenticatedPeer): void => {
    const slot = slots.take(actor)
    uncountAnonymous.get(socket)?.()
    state.actor = actor
    const onLost = () => {
      // A peer that does not answer the close can still send operations until it is disconnected.
      state.actor = null
      endSocket(socket, 'RIGHTS_LOST')
    }
    const unwatch = watch.add({ credentials, actor, onLost })
    socket.once('close', () => {
      unwatch()
      slot[Symbol.dispose]()
    })
  }

  const { dispose } = useServer<Record<string, unknown>, SocketExtra>(
    {
      connectionInitWaitTimeout: 10_000,
      onConnect: async ({ connectionParams, extra }) => {
        const credentials = socketCredentials(extra.request, connectionParams)
        const state: SocketState = { actor: null }
        extra.state = state
        let actor: Actor | null
        try {
          actor = await authenticator.authenticate(credentials)
        } catch (error) {
          app.logger.warn({ err: error }, 'a socket could not be authenticated; its client retries')
          closeSocket(extra.socket, TRY_AGAIN_LATER, 'Credentials cannot be checked now; try again shortly')
          return true
        }
        if (!actor && (credentials.authorization || connectionParams?.authorization)) return false
        try {
          if (actor) admitPeer(extra, state, { credentials, actor })
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          closeSocket(extra.socket, TRY_AGAIN_LATER, error.message)
        }
        return true
      },
      onSubscribe: async ({ extra, subscriptions: running }, id, payload) => {
        const { actor } = extra.state as SocketState
        try {
          // `running` includes this operation already.
          if (Object.keys(running).length > MAX_OPERATIONS)
            throw new AppError('RATE_LIMITED', `A socket carries at most ${MAX_OPERATIONS} operations at a time.`)
          const context = contextFor(actor, extra.request)
          const enveloped = yoga.getEnveloped({
            requestContext: async () => context,
            anonymous: actor === null,
          } as never)
          const document = enveloped.parse(payload.query)
          const errors = enveloped.validate(schema, document)
          if (errors.length > 0) return errors.map(mask)
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
          return {
            ...args,
            operationId: id,
            socket: extra.socket,
            execute: enveloped.execute,
          } as unknown as ExecutionArgs
        } catch (error) {
          return [mask(error)]
        }
      },
      execute: (args) => (args as unknown as SocketArgs).execute(args),
      subscribe: (args) => subscribeOnSocket(args as unknown as SocketArgs),
      onNext: (_ctx, _id, _payload, _args, result) =>
        result.errors ? { ...result, errors: result.errors.map(withoutHttp) } : undefined,
      onError: (_ctx, _id, _payload, errors) => errors.map((error) => mask(error)),
    },
    server,
    keepAliveMs,
  )

  async function subscribeOnSocket(args: SocketArgs) {
    const sink = socketSink(args.socket, args.operationId)
    try {
      const opened = await subscriptions.open(args)
      if ('run' in opened) return silentIterator(opened, sink)
      return { errors: opened.errors?.map(mask) ?? [] }
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
      server.handleUpgrade(request, socket, head, (ws) => {
        uncountAnonymous.set(ws, anonymous.add(ws, address))
        server.emit('connection', ws, request)
        // graphql-ws would print protocol errors of peers to the console; ws has closed the socket by then.
        ws.removeAllListeners('error').on('error', (error) =>
          app.logger.debug({ err: error }, 'a socket was closed for a protocol error of its peer'),
        )
      })
    },
    stats: () => ({ connections: server.clients.size, anonymous: anonymous.count() }),
    [Symbol.asyncDispose]: async () => {
      const closed = dispose()
      // Peers that do not answer the close are disconnected.
      const timer = setTimeout(() => server.clients.forEach((client) => client.terminate()), 2_000)
      await closed
      clearTimeout(timer)
    },
  }
}

type SocketArgs = Omit<ExecutionArgs, 'contextValue'> & {
  contextValue: RequestContext
  operationId: string
  socket: WebSocket
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
