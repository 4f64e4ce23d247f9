import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { GraphQLSchema } from 'graphql'
import type { Authenticator } from '../auth/authenticator.ts'
import type { Permission } from '../auth/permissions.ts'
import type { AppContext } from '../context.ts'
import type { RequestContext } from '../graphql/context.ts'
import { createErrorMask } from '../graphql/errors.ts'
import { printSorted } from '../graphql/print.ts'
import type { GraphqlServer } from '../graphql/yoga.ts'
import type { Meters } from '../rate-limit/meter.ts'
import { currentRequestId } from '../request-id.ts'
import { acceptedBy, type Accepted } from './accept.ts'
import { createFastPath } from './fast-path.ts'
import { refusalAnswer, type Answer } from './graphql-refusals.ts'
import { acceptJson, paramsOf, readRequest, RequestError } from './graphql-request.ts'
import { registerPlayground, wantsPlayground } from './playground/playground.ts'
import { requestContextOf } from './request-context.ts'
import { createUploadSlots } from './upload-slots.ts'
import type { SseStreams } from './sse.ts'
import { acceptUploads, isUpload, readUpload, UPLOAD_BOUNDS } from './uploads.ts'

/** Serves GraphQL over HTTP, the playground, and the schema as a file. */
export function registerGraphql(
  server: FastifyInstance,
  app: AppContext,
  {
    yoga,
    schema,
    authenticator,
    meters,
    sse,
    uploadPermission: permission,
  }: {
    yoga: GraphqlServer
    schema: GraphQLSchema
    authenticator: Authenticator
    meters: Meters | undefined
    sse: SseStreams
    uploadPermission: Permission
  },
): void {
  const sendPlayground = registerPlayground(server, app)
  const answerFast = createFastPath({ yoga, schema, mask: createErrorMask(app.logger, currentRequestId) })
  const slots = createUploadSlots(UPLOAD_BOUNDS)
  server.register(async (scope) => {
    acceptJson(scope)
    acceptUploads(scope)
    scope.setErrorHandler((error, request, reply) =>
      sendAnswer(reply, refusalAnswer(error, app.logger, request.id), acceptedBy(request.headers.accept)),
    )
    scope.route({
      url: '/graphql',
      method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        if (wantsPlayground(request)) return sendPlayground(reply)
        const accepted = acceptedBy(request.headers.accept)
        if (!accepted)
          throw new RequestError('NOT_ACCEPTABLE', 'Accept application/json; no type you accept is answered.')
        const plain = isUpload(request) ? null : readRequest(request)
        const context = requestContextOf(app, authenticator, request, reply, meters)
        // A failed authentication is reported when yoga awaits the context.
        const caller = await context.catch(() => null)
        if (plain && caller && accepted.json && request.method === 'POST') {
          const answer = await answerFast(plain, caller)
          if (answer) return writeAnswer(reply, answer, accepted.json)
        }
        const params = plain ?? (await readFile(request, reply, caller))
        // yoga writes to the raw response, which lacks the headers that fastify has set (request id, security).
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) reply.raw.setHeader(name, value)
        // yoga ignores quality values and takes the types in the order of the header.
        request.raw.headers.accept = accepted.header
        const exchange = sse.exchange(request, reply)
        let answered: Response | null = null
        try {
          answered = await yoga.handleNodeRequestAndResponse(request, reply, {
            anonymous: !caller?.actor,
            requestContext: () => context,
            subscribe: exchange.subscribe,
            parsedParams: params,
            streams: accepted.stream,
          })
        } finally {
          if (exchange.serve(answered)) answered = null
        }
        return answered ?? reply
      },
    })
  })

  /** Reads a request with a file. Closes the connection of a refused request instead of reading the rest of its body. */
  async function readFile(request: FastifyRequest, reply: FastifyReply, caller: RequestContext | null) {
    try {
      return paramsOf(await readUpload(request, caller, { permission, slots }))
    } catch (error) {
      void reply.header('connection', 'close')
      throw error
    }
  }

  let sdl: string | undefined
  server.get('/schema.graphql', (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send((sdl ??= printSorted(schema))),
  )
}

/** Writes an answer at once, past the hooks that could change a body; those that look at a finished response run as always. */
function writeAnswer(reply: FastifyReply, { status, body, headers }: Answer, type: Accepted['json']): FastifyReply {
  reply.hijack()
  reply.raw
    .writeHead(status, {
      ...(reply.getHeaders() as Record<string, string>),
      ...headers,
      'content-type': `${type}; charset=utf-8`,
      'content-length': Buffer.byteLength(body),
    })
    .end(body)
  return reply
}

/** Sends JSON in the preferred type, or as application/json to clients that accept no JSON. */
const sendAnswer = (
  reply: FastifyReply,
  { status, body, headers = {} }: Answer,
  accepted: Accepted | null,
): FastifyReply =>
  reply
    .status(status)
    .headers({ ...headers, 'content-type': `${accepted?.json ?? 'application/json'}; charset=utf-8` })
    .send(body)
