import { execute, GraphQLError, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { useServer, type Extra } from 'graphql-ws/use/ws'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { randomUUID } from 'node:crypto'
import { WebSocketServer, type WebSocket } from 'ws'
import { SESSION_COOKIE, type Credentials } from '../auth/authenticate.ts'
import type { Actor } from '../auth/actor.ts'
import type { Authenticator } from '../auth/authenticator.ts'
import type { AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { createRequestContext, type RequestContext } from '../graphql/context.ts'
import { createErrorMask } from '../graphql/errors.ts'
import { judgeOperation } from '../graphql/limits.ts'
import { streamOperation, type StreamOperation } from '../graphql/stream-field.ts'
import type { GraphqlServer } from '../graphql/yoga.ts'
import type { Meters } from '../rate-limit/meter.ts'
import { createFanOut } from './fan-out.ts'
import { watchActors } from './watch-actors.ts'

const MAX_MESSAGE_BYTES = 256 * 1024
const MAX_SUBSCRIPTIONS = 50
/** Close code of graphql-ws for a lost right; clients do not reconnect by themselves after it. */
const FORBIDDEN = 4403

/** RFC 6455 registry: "Try Again Later"; graphql-ws clients reconnect after it. */
const TRY_AGAIN_LATER = 1013

type SocketState = { actor: Actor | null }
type SocketExtra = Extra & { state?: SocketState } & Record<PropertyKey, unknown>

export type GraphqlSockets = AsyncDisposable & {
  handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  stats: () => { connections: number; groups: number; subscribers: number }
}

type SocketOptions = {
  yoga: GraphqlServer
  schema: GraphQLSchema
  authenticator: Authenticator
  meters?: Meters | undefined
  /** Peers are pinged this often; one that has not answered by the next time is cut off. */
  keepAliveMs?: number
}

/** GraphQL over WebSocket (graphql-transport-ws) with the very limits, errors and permissions of HTTP. */
export function createGraphqlSockets(
  app: AppContext,
  { yoga, schema, authenticator, meters, keepAliveMs = 12_000 }: SocketOptions,
): GraphqlSockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
  const fanOut = createFanOut(app.streams)
  const maskForHttp = createErrorMask(app.logger, () => null)
  const mask = (thrown: unknown): GraphQLError => withoutHttp(maskForHttp(thrown))
  const watch = watchActors(authenticator, app.logger)

  const contextFor = (actor: Actor | null, request: IncomingMessage): RequestContext =>
    createRequestContext({
      app,
      actor,
      requestId: randomUUID(),
      ip: request.socket.remoteAddress ?? '',
      meter: meters?.(actor),
    })

  const { dispose } = useServer<Record<string, unknown>, SocketExtra>(
    {
      connectionInitWaitTimeout: 10_000,
      onConnect: async ({ connectionParams, extra }) => {
        const credentials = credentialsOf(extra.request, connectionParams)
        let actor: Actor | null
        try {
          actor = await authenticator.authenticate(credentials)
        } catch (error) {
          app.logger.warn({ err: error }, 'who opens a socket could not be checked; its client tries again')
          extra.socket.close(TRY_AGAIN_LATER, 'Who you are cannot be checked now; try again shortly')
          return true
        }
        if (!actor && (credentials.authorization || connectionParams?.authorization)) return false
        extra.state = { actor }
        watch.add(extra.socket, {
          credentials,
          actor,
          onLost: () => extra.socket.close(FORBIDDEN, 'The session or key no longer has these rights'),
        })
        return true
      },
      onSubscribe: async ({ extra, subscriptions }, id, payload) => {
        const { actor } = extra.state as SocketState
        try {
          // graphql-ws has counted this one already.
          if (Object.keys(subscriptions).length > MAX_SUBSCRIPTIONS)
            throw new AppError('RATE_LIMITED', `A socket carries at most ${MAX_SUBSCRIPTIONS} operations at a time.`)
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
          // What is thrown later than here would close the socket.
          const cost = judgeOperation(args)
          // A subscription costs once, when it begins.
          await context.meter?.charge(cost)
          return {
            ...args,
            operationId: id,
            socket: extra.socket,
            execute: enveloped.execute,
            subscribe: enveloped.subscribe,
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

  function subscribeOnSocket(args: SocketArgs) {
    const { schema, document, operationName, variableValues, contextValue, socket, operationId } = args
    let stream: StreamOperation | null
    try {
      stream = streamOperation({
        schema,
        document,
        operationName: operationName ?? null,
        variables: variableValues ?? null,
        context: contextValue,
      })
    } catch (error) {
      return { errors: [mask(error)] }
    }
    if (!stream) return args.subscribe(args)
    return fanOut.join(stream, {
      socket,
      operationId,
      execute: async (item) => {
        // A context of its own for every event: nothing loaded for an earlier one is shown again.
        const context = createRequestContext({
          app,
          actor: contextValue.actor,
          requestId: contextValue.requestId,
          ip: contextValue.ip,
        })
        const result = (await execute({ ...args, rootValue: item, contextValue: context })) as ExecutionResult
        return result.errors ? { ...result, errors: result.errors.map(mask) } : result
      },
    })
  }

  return {
    handleUpgrade: (request, socket, head) =>
      server.handleUpgrade(request, socket, head, (ws) => {
        server.emit('connection', ws, request)
        // graphql-ws would write whatever a peer does wrong to the console; ws has closed the socket by then.
        ws.removeAllListeners('error').on('error', (error) =>
          app.logger.debug({ err: error }, 'a socket was closed for what its peer sent'),
        )
      }),
    stats: () => ({ connections: server.clients.size, ...fanOut.stats() }),
    [Symbol.asyncDispose]: async () => {
      watch.stop()
      const closed = dispose()
      // Peers that do not answer the close are cut off.
      const timer = setTimeout(() => server.clients.forEach((client) => client.terminate()), 2_000)
      await closed
      clearTimeout(timer)
    },
  }
}

/** Status and headers are for HTTP; what programs need besides, such as `retryAfter`, stands beside the code. */
function withoutHttp(error: GraphQLError): GraphQLError {
  if (!('http' in error.extensions)) return error
  const { http: _http, ...extensions } = error.extensions
  const { message, nodes, source, positions, path } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}

type SocketArgs = Omit<ExecutionArgs, 'contextValue'> & {
  contextValue: RequestContext
  operationId: string
  socket: WebSocket
  execute: (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>
  subscribe: (args: unknown) => Promise<ExecutionResult | AsyncGenerator<ExecutionResult>>
}

function credentialsOf(request: IncomingMessage, params: Record<string, unknown> | undefined): Credentials {
  const authorization = params?.authorization ?? params?.Authorization ?? request.headers.authorization
  return {
    authorization: typeof authorization === 'string' ? authorization : undefined,
    // A page of another origin may open a socket, but never with the cookies of this one.
    sessionToken: isSameOrigin(request) ? cookieOf(request, SESSION_COOKIE) : undefined,
  }
}

function isSameOrigin({ headers }: IncomingMessage): boolean {
  if (!headers.origin) return true
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host
}

function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    // A session's secret is base64url: nothing in it needs decoding.
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}
