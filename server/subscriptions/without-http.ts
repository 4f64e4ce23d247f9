import { GraphQLError } from 'graphql'

/** Status and headers are for an answer of its own; what programs need besides, such as `retryAfter`, stands beside the code. */
export function withoutHttp(error: GraphQLError): GraphQLError {
  if (!('http' in error.extensions)) return error
  const { http: _http, ...extensions } = error.extensions
  const { message, nodes, source, positions, path } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}
