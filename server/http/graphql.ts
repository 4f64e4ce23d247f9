import type { FastifyInstance } from 'fastify'
import { printSchema, type GraphQLSchema } from 'graphql'
import type { GraphQLParams } from 'graphql-yoga'
import type { Authenticator } from '../auth/authenticator.ts'
import type { AppContext } from '../context.ts'
import type { GraphqlServer } from '../graphql/yoga.ts'
import type { Meters } from '../rate-limit/meter.ts'
import { createFastLane, sendAnswer } from './fast-lane.ts'
import { registerPlayground, wantsPlayground } from './playground/playground.ts'
import { requestContextOf } from './request-context.ts'
import { createUploadSlots } from './upload-slots.ts'
import { acceptUploads, isUpload, readUpload, UPLOAD_BOUNDS, uploadRefusal } from './uploads.ts'

/** GraphQL over HTTP with the playground, and the schema as a file. */
export function registerGraphql(
  server: FastifyInstance,
  app: AppContext,
  {
    yoga,
    schema,
    authenticator,
    meters,
  }: { yoga: GraphqlServer; schema: GraphQLSchema; authenticator: Authenticator; meters: Meters | undefined },
): void {
  const sendPlayground = registerPlayground(server, app)
  const answerFast = createFastLane({ yoga, schema })
  const uploadSlots = createUploadSlots(UPLOAD_BOUNDS)
  server.register(async (scope) => {
    acceptUploads(scope)
    scope.route({
      url: '/graphql',
      method: ['GET', 'POST', 'OPTIONS'],
      handler: async (request, reply) => {
        if (wantsPlayground(request)) return sendPlayground(reply)
        const context = requestContextOf(app, authenticator, request, reply, meters)
        // Why a caller could not be identified is told where yoga asks for the context.
        const known = await context.catch(() => null)
        const answer = known && (await answerFast(request, known))
        if (answer) return sendAnswer(reply, answer)
        let upload: GraphQLParams | undefined
        try {
          if (isUpload(request)) upload = await readUpload(request, known, uploadSlots)
        } catch (error) {
          const refusal = uploadRefusal(error)
          if (!refusal) throw error
          // What is left of the body is not waited for.
          return sendAnswer(reply.headers({ ...refusal.headers, connection: 'close' }), refusal)
        }
        // Headers set so far (request id, security) would be lost on the raw response yoga writes to.
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) reply.raw.setHeader(name, value)
        return yoga.handleNodeRequestAndResponse(request, reply, {
          anonymous: !known?.actor,
          requestContext: () => context,
          ...(upload ? { upload } : {}),
        })
      },
    })
  })
  const sdl = printSchema(schema)
  server.get('/schema.graphql', (_request, reply) => reply.type('text/plain; charset=utf-8').send(sdl))
}
