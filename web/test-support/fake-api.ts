import { buildClientSchema, execute, parse, type DocumentNode, type IntrospectionQuery } from 'graphql'
import { createCache } from '../cache.ts'
import introspection from '../generated/introspection.json'
import { createConnection, type Connection } from '../graphql/connection.ts'
import { buildViewer } from './builders.ts'
import { createFakeSockets, type FakeSockets } from './fake-socket.ts'

const schema = buildClientSchema(introspection as unknown as IntrospectionQuery)

type Body = { query: string; variables?: Record<string, unknown>; operationName?: string }

/** The answers of the API by root field: values, or functions of the arguments, as graphql-js takes them. */
export type Roots = Record<string, unknown>

export type FakeApi = {
  roots: Roots
  /** Requests over HTTP, in order. */
  requests: { operationName: string; variables: Record<string, unknown>; headers: Record<string, string> }[]
  sockets: FakeSockets
  connection: Connection
  signedOut: number
}

async function run(document: DocumentNode, rootValue: Roots, { variables, operationName }: Body) {
  return execute({
    schema,
    document,
    rootValue,
    variableValues: variables ?? null,
    operationName: operationName ?? null,
  })
}

/** The dashboard's client with an API in memory that executes documents on the real schema. */
export function createFakeApi(overrides: Roots): FakeApi {
  const roots = { viewer: buildViewer({ eventCursor: 'start' }), ...overrides }
  const requests: FakeApi['requests'] = []
  const sockets = createFakeSockets((body, event) =>
    run(parse(body.query), { events: event, systemStatusChanges: event }, body),
  )
  const fakeFetch = async (_url: string, init: { body: string; headers: Record<string, string> }) => {
    const body = JSON.parse(init.body) as Body
    requests.push({ operationName: body.operationName ?? '', variables: body.variables ?? {}, headers: init.headers })
    const result = await run(parse(body.query), api.roots, body)
    return new Response(JSON.stringify(result), { headers: { 'content-type': 'application/json' } })
  }
  const connection = createConnection({
    url: 'http://shop.test/graphql',
    cache: createCache(),
    fetch: fakeFetch as unknown as typeof fetch,
    webSocketImpl: sockets.implementation,
    onSignedOut: () => {
      api.signedOut += 1
    },
  })
  const api: FakeApi = { roots, requests, sockets, connection, signedOut: 0 }
  return api
}
