import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { GraphQLParams } from 'graphql-yoga'
import type { ProtocolCode } from '../errors.ts'

/** A refusal of an invalid GraphQL request, before its document is parsed. The message is safe to show. */
export class RequestError extends Error {
  readonly code: ProtocolCode
  readonly headers: Record<string, string>
  constructor(code: ProtocolCode, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.name = 'RequestError'
    this.code = code
    this.headers = headers
  }
}

/** Header that pages of other origins cannot send without a CORS preflight. */
export const CSRF_HEADER = 'x-graphql-yoga-csrf'
const SIMPLE_TYPES = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)/i
const METHODS = 'GET, POST'

/** Parses JSON bodies, and refuses those that are not UTF-8: their bytes would silently become U+FFFD. */
export function acceptJson(scope: FastifyInstance): void {
  const parse = scope.getDefaultJsonParser('error', 'error')
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (isUtf8(body as Buffer)) return parse(request, (body as Buffer).toString('utf8'), done)
    done(new RequestError('BAD_REQUEST', 'The body is not UTF-8.'))
  })
}

/**
 * Reads the parameters of a GraphQL request without a file.
 *
 * @throws RequestError when the request is invalid.
 */
export function readRequest({ method, headers, body, url }: FastifyRequest): GraphQLParams {
  if (method !== 'GET' && method !== 'POST')
    throw new RequestError('METHOD_NOT_ALLOWED', 'GraphQL is asked by GET or POST.', { allow: METHODS })
  const type = headers['content-type']
  if ((!type || SIMPLE_TYPES.test(type)) && !headers[CSRF_HEADER])
    throw new RequestError(
      'CSRF_HEADER_MISSING',
      `Send the header "${CSRF_HEADER}: 1" (against CSRF), or the request as application/json by POST.`,
    )
  if (method === 'GET') return paramsOf(parametersOf(url))
  if (!/^application\/json\s*(;|$)/i.test(type ?? ''))
    throw new RequestError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.')
  return paramsOf(body)
}

/** The GraphQL parameters of a GET. Other parameters are ignored. */
function parametersOf(url: string): Record<string, unknown> {
  const search = url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''
  try {
    decodeURIComponent(search)
  } catch {
    throw new RequestError('BAD_REQUEST', 'The query string is not percent-encoded UTF-8.')
  }
  const parameters = new URLSearchParams(search)
  const text = (name: string) => parameters.get(name) || undefined
  const json = (name: string): unknown => {
    const value = text(name)
    try {
      return value === undefined ? undefined : JSON.parse(value)
    } catch {
      throw new RequestError('BAD_REQUEST', `The parameter "${name}" is not JSON.`)
    }
  }
  return {
    query: text('query'),
    operationName: text('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  }
}

const KINDS: Record<string, (value: unknown) => boolean> = {
  query: (value) => typeof value === 'string',
  operationName: (value) => typeof value === 'string',
  variables: isObject,
  extensions: isObject,
}

/** Validates the parameters of a request. @throws RequestError when `params` is not a GraphQL request. */
export function paramsOf(params: unknown): GraphQLParams {
  if (Array.isArray(params)) throw new RequestError('BAD_REQUEST', 'Send one operation a request; this is a list.')
  if (!isObject(params)) throw new RequestError('BAD_REQUEST', 'The request must be a JSON object with "query".')
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined) continue
    if (!Object.hasOwn(KINDS, name))
      throw new RequestError('BAD_REQUEST', `There is no parameter ${JSON.stringify(name.slice(0, 100))}.`)
    if (!KINDS[name]?.(value))
      throw new RequestError(
        'BAD_REQUEST',
        `"${name}" must be ${name === 'variables' || name === 'extensions' ? 'an object' : 'a text'}.`,
      )
  }
  const { query, operationName, variables, extensions } = params as GraphQLParams
  if (query === undefined || query === null)
    throw new RequestError('BAD_REQUEST', 'Send the document as "query"; there is none.')
  return {
    query,
    ...(operationName && { operationName }),
    ...(variables && { variables }),
    ...(extensions && { extensions }),
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
