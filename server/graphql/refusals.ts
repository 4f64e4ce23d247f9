import { GraphQLError } from 'graphql'
import { ERROR_CODES, PROTOCOL_CODES, type ErrorCode, type ProtocolCode } from '../errors.ts'

type Places = Pick<GraphQLError, 'nodes' | 'source' | 'positions' | 'path'>
type Extras = { extensions?: Record<string, unknown> | undefined; headers?: Record<string, string> | undefined }

/** A refusal as every transport tells it: a code of the catalogue, and the status and headers that HTTP takes from it. */
function coded(code: string, message: string, status: number, places?: Partial<Places> | null, more: Extras = {}) {
  const { nodes, source, positions, path } = places ?? {}
  return new GraphQLError(message, {
    ...(nodes ? { nodes } : {}),
    ...(source ? { source } : {}),
    ...(positions ? { positions } : {}),
    ...(path ? { path } : {}),
    extensions: { ...more.extensions, code, http: { status, ...(more.headers && { headers: more.headers }) } },
  })
}

/** A refusal of what a request asks. `places` says where in the document and the answer. */
export const refusal = (code: ErrorCode, message: string, places?: Partial<Places> | null, more?: Extras) =>
  coded(code, message, ERROR_CODES[code].status, places, more)

/** A refusal of what is no request, or no document that fits the schema. */
export const protocolRefusal = (code: ProtocolCode, message: string, places?: Partial<Places> | null, more?: Extras) =>
  coded(code, message, PROTOCOL_CODES[code].status, places, more)

/**
 * Keeps yoga from answering 200 to those who accept `application/json`, as it does for mistakes in documents: a code
 * has one status.
 */
export function withOneStatus(error: GraphQLError): GraphQLError {
  const { http } = error.extensions as { http?: object }
  error.extensions.http = { ...http, spec: false }
  return error
}
