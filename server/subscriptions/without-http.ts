import { GraphQLError } from 'graphql'

/** Removes HTTP status and headers from an error; details for clients, such as `retryAfter`, stay beside the code. */
export function withoutHttp(error: GraphQLError): GraphQLError {
  if (!('http' in error.extensions)) return error
  const { http: _http, ...extensions } = error.extensions
  const { message, nodes, source, positions, path } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}
