import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  getOperationAST,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql'
import type { RequestContext } from '../graphql/context.ts'
import { LIMITS } from '../graphql/limits.ts'
import type { GraphqlServer, ServerContext } from '../graphql/yoga.ts'

type Answer = { status: number; body: string }
type Asked = { query: string; variables?: Record<string, unknown>; operationName?: string }

/** Documents remembered as fit to run; the oldest goes first. */
const REMEMBERED = 500
const JSON_TYPE = /^application\/json(;\s*charset=utf-8)?$/i
const ACCEPTS_JSON = /^(\*\/\*|application\/json)$/

/**
 * The fast lane for what dashboards and bots do all day: a query as JSON, by somebody known, whose document has been
 * parsed and validated before. It runs through yoga's own `execute`, so limits, errors and compiled documents are the
 * same; only fetch's Request and Response, content negotiation and a second look at the document are left out, which
 * cost more than half of the time a small query takes. Everything else is left to yoga.
 */
export function createFastLane({ yoga, schema }: { yoga: GraphqlServer; schema: GraphQLSchema }) {
  const documents = new Map<string, DocumentNode>()

  /** The document, once it has proved to be a single, valid query; null for all others. */
  const documentOf = (text: string, enveloped: ReturnType<GraphqlServer['getEnveloped']>): DocumentNode | null => {
    const known = documents.get(text)
    if (known) return known
    try {
      const document = enveloped.parse(text) as DocumentNode
      if (getOperationAST(document)?.operation !== 'query' || enveloped.validate(schema, document).length > 0)
        return null
      if (documents.size >= REMEMBERED) documents.delete(documents.keys().next().value as string)
      documents.set(text, document)
      return document
    } catch {
      return null
    }
  }

  /** The answer, or null when yoga must give it. */
  return async (request: FastifyRequest, context: RequestContext): Promise<Answer | null> => {
    // What nobody-at-all may ask is judged with the document.
    const asked = context.actor ? askedBy(request) : null
    if (!asked) return null
    const enveloped = yoga.getEnveloped({
      anonymous: false,
      requestContext: async () => context,
    } satisfies ServerContext as never)
    const document = documentOf(asked.query, enveloped)
    if (!document) return null
    let result: ExecutionResult
    try {
      const { variables: variableValues, operationName } = asked
      result = await enveloped.execute({ schema, document, contextValue: context, variableValues, operationName })
    } catch {
      // Refused before anything ran; yoga has the words for it.
      return null
    }
    return result.errors ? withErrors(result, result.errors) : { status: 200, body: JSON.stringify(result) }
  }
}

/** What the request asks, if it is the plain kind. A page of another origin cannot send this type without being asked (CORS preflight). */
function askedBy({ method, headers, body }: FastifyRequest): Asked | null {
  if (
    method !== 'POST' ||
    !JSON_TYPE.test(headers['content-type'] ?? '') ||
    !ACCEPTS_JSON.test(headers.accept ?? '*/*')
  )
    return null
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const {
    query,
    variables = undefined,
    operationName = undefined,
    ...others
  } = body as Partial<Record<keyof Asked, unknown>>
  if (typeof query !== 'string' || query.length > LIMITS.documentBytes || Object.keys(others).length > 0) return null
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) return null
  if (operationName != null && typeof operationName !== 'string') return null
  return {
    query,
    ...(variables ? { variables: variables as Record<string, unknown> } : {}),
    ...(operationName ? { operationName } : {}),
  }
}

/** Errors are masked by now. Their `http` is meant for the status, which is the gravest of them, and not for the client. */
function withErrors(result: ExecutionResult, errors: readonly GraphQLError[]): Answer {
  let status = 0
  const shown = errors.map((error) => {
    const { http, ...extensions } = error.extensions as { http?: { status?: number } }
    status = Math.max(status, http?.status ?? 0)
    const { extensions: _all, ...rest } = error.toJSON()
    return Object.keys(extensions).length > 0 ? { ...rest, extensions } : rest
  })
  return { status: status || 200, body: JSON.stringify({ ...result, errors: shown }) }
}

export type FastLane = ReturnType<typeof createFastLane>

export const sendAnswer = (reply: FastifyReply, { status, body }: Answer): FastifyReply =>
  reply.status(status).header('content-type', 'application/json; charset=utf-8').send(body)
