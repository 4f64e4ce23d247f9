import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as z from 'zod'

import { GraphError, unknownObject } from '../graph-errors.ts'
import type { ShopNumber } from '../state/model.ts'
import type { Library } from './library.ts'
import type { Template } from './model.ts'

const paramsSchema = z.object({ id: z.string().max(64) })
const listSchema = z.object({
  fields: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(25),
  after: z.string().max(200).optional(),
  name: z.string().max(512).optional(),
  status: z.string().max(40).optional(),
  language: z.string().max(20).optional(),
  category: z.string().max(40).optional(),
})
const deleteSchema = z.object({ name: z.string().min(1).max(512), hsm_id: z.string().max(40).optional() })

const cursorOf = (template: Template): string => Buffer.from(template.id).toString('base64url')

/** A template in the API's format: `id` and the requested fields. */
export function toGraphTemplate(template: Template, fields?: string): Record<string, unknown> {
  const all = {
    name: template.name,
    parameter_format: template.parameterFormat,
    components: template.components,
    language: template.language,
    status: template.status,
    category: template.category,
    quality_score: { score: template.quality, date: Math.floor(template.submittedAt / 1000) },
    rejected_reason: template.reason ?? 'NONE',
  }
  if (fields === undefined) return { ...all, id: template.id }
  const asked = new Set(fields.split(','))
  return { ...Object.fromEntries(Object.entries(all).filter(([name]) => asked.has(name))), id: template.id }
}

/** `/{WABA}/message_templates` and `POST /{TEMPLATE_ID}`, under any version. */
export function registerTemplateApi(
  app: FastifyInstance,
  options: { library: Library; numbers: readonly ShopNumber[] },
): void {
  const { library } = options

  function accountOf(request: FastifyRequest): string {
    const { id } = paramsSchema.parse(request.params)
    if (!options.numbers.some((number) => number.wabaId === id)) throw unknownObject(id, request.method.toLowerCase())
    return id
  }

  function read<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]!
    throw new GraphError(100, { details: `Param ${issue.path.join('.')}: ${issue.message}` })
  }

  app.get('/:version(^v\\d+\\.\\d+$)/:id/message_templates', async (request) => {
    const wabaId = accountOf(request)
    const query = read(listSchema, request.query)
    // `name` matches substrings, so a caller that wants one template must compare.
    const matching = library
      .templatesOf(wabaId)
      .filter((it) => query.name === undefined || it.name.includes(query.name))
      .filter((it) => query.status === undefined || it.status === query.status)
      .filter((it) => query.language === undefined || it.language === query.language)
      .filter((it) => query.category === undefined || it.category === query.category)
    const start = query.after === undefined ? 0 : matching.findIndex((it) => cursorOf(it) === query.after) + 1
    const page = matching.slice(start, start + query.limit)
    const [first, last] = [page[0], page.at(-1)]
    const more = start + page.length < matching.length
    return {
      data: page.map((template) => toGraphTemplate(template, query.fields)),
      paging: {
        ...(first && last ? { cursors: { before: cursorOf(first), after: cursorOf(last) } } : {}),
        ...(more && last
          ? { next: `${request.protocol}://${request.host}${request.url}&after=${cursorOf(last)}` }
          : {}),
      },
    }
  })

  app.post('/:version(^v\\d+\\.\\d+$)/:id/message_templates', async (request) => {
    const { id, status, category } = library.submit(accountOf(request), request.body)
    return { id, status, category }
  })

  app.delete('/:version(^v\\d+\\.\\d+$)/:id/message_templates', async (request) => {
    const { name, hsm_id: id } = read(deleteSchema, request.query)
    library.remove(accountOf(request), name, id)
    return { success: true }
  })

  app.post('/:version(^v\\d+\\.\\d+$)/:id', async (request) => {
    library.edit(paramsSchema.parse(request.params).id, request.body)
    return { success: true }
  })

  app.post('/:version(^v\\d+\\.\\d+$)/:id/unpause', async (request) => {
    library.unpause(paramsSchema.parse(request.params).id)
    return { success: true }
  })
}
