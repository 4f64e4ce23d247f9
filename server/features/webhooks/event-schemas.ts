import type { FastifyInstance } from 'fastify'
import type { AppContext } from '../../context.ts'
import { eventJsonSchema } from '../../events/json-schema.ts'

const PATH = '/schemas/events'
/** The schema of a version only gains fields, so an hour in caches is harmless. */
const CACHE = 'public, max-age=3600'

/** Serves the JSON Schema of each event without credentials: schemas contain no data of shops. */
export function registerEventSchemas(server: FastifyInstance, app: AppContext): void {
  const url = (name: string): string => `${app.config.publicUrl}${PATH}/${name}`
  const schemas = new Map(
    app.events.all.map((event) => {
      const name = `${event.type}.v${event.version}.json`
      return [name, { event, body: { $id: url(name), ...eventJsonSchema(event) } }]
    }),
  )
  const index = [...schemas].map(([name, { event }]) => ({
    type: event.type,
    version: event.version,
    description: event.doc,
    schema: url(name),
  }))

  server.get(PATH, (_request, reply) => reply.header('cache-control', CACHE).send({ events: index }))
  server.get<{ Params: { name: string } }>(`${PATH}/:name`, (request, reply) => {
    const found = schemas.get(request.params.name)
    if (!found) return reply.status(404).send({ error: `There is no such schema; ${url('')} lists them all.` })
    return reply.header('cache-control', CACHE).type('application/schema+json').send(JSON.stringify(found.body))
  })
}
