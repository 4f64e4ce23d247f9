import { GraphQLError } from 'graphql'
import { ERROR_CODES, PROTOCOL_CODES, type ErrorCode, type ProtocolCode } from '../errors.ts'

type ErrorLocation = Pick<GraphQLError, 'nodes' | 'source' | 'positions' | 'path'>
type RefusalDetails = { extensions?: Record<string, unknown> | undefined; headers?: Record<string, string> | undefined }

/** A refusal for all transports: a code of the catalogue, and the status and headers of an HTTP answer. */
function createRefusal(
  code: string,
  message: string,
  status: number,
  location?: Partial<ErrorLocation> | null,
  more: RefusalDetails = {},
) {
  const { nodes, source, positions, path } = location ?? {}
  return new GraphQLError(message, {
    ...(nodes ? { nodes } : {}),
    ...(source ? { source } : {}),
    ...(positions ? { positions } : {}),
    ...(path ? { path } : {}),
    extensions: { ...more.extensions, code, http: { status, ...(more.headers && { headers: more.headers }) } },
  })
}

/** A refusal of a valid request. `location` is its place in the document and the answer. */
export const refusal = (
  code: ErrorCode,
  message: string,
  location?: Partial<ErrorLocation> | null,
  more?: RefusalDetails,
) => createRefusal(code, message, ERROR_CODES[code].status, location, more)

/** A refusal of an invalid request, or of a document that does not fit the schema. */
export const protocolRefusal = (
  code: ProtocolCode,
  message: string,
  location?: Partial<ErrorLocation> | null,
  more?: RefusalDetails,
) => createRefusal(code, message, PROTOCOL_CODES[code].status, location, more)

/** Keeps yoga from answering invalid documents with 200 for clients that accept `application/json`: a code has one status. */
export function withOneStatus(error: GraphQLError): GraphQLError {
  const { http } = error.extensions as { http?: object }
  error.extensions.http = { ...http, spec: false }
  return error
}
