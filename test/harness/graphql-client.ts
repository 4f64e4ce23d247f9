import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

type Variables = Record<string, unknown>
export type GraphqlAnswer = {
  data?: Record<string, unknown> | null
  errors?: { message: string; extensions?: Record<string, unknown>; path?: unknown[] }[]
}

export type GraphqlClient = {
  /** The whole answer, errors included. */
  send: (query: string, variables?: Variables) => Promise<GraphqlAnswer & { status: number; headers: Headers }>
  /** The data. @throws with document, variables, answer and request id, when there are errors. */
  run: <Data = Record<string, never>>(query: string, variables?: Variables) => Promise<Data>
  /** A subscription over graphql-ws. */
  subscribe: (query: string, variables?: Variables) => Subscription
}

export type Subscription = AsyncDisposable & {
  /** Everything received so far. */
  received: GraphqlAnswer[]
  /** The next answer, waiting for it at most `timeoutMs`. None is ever missed: answers queue. */
  next: (timeoutMs?: number) => Promise<GraphqlAnswer>
  /** Resolves once the server has acknowledged the connection. */
  connected: Promise<void>
}

/** A client of the public API that tells everything about a failure. */
export function graphqlClient(url: string, headers: Record<string, string> = {}): GraphqlClient {
  const send: GraphqlClient['send'] = async (query, variables = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-graphql-yoga-csrf': '1', ...headers },
      body: JSON.stringify({ query, variables }),
    })
    const text = await response.text()
    const answer = text.startsWith('{') ? (JSON.parse(text) as GraphqlAnswer) : { errors: [{ message: text }] }
    return { ...answer, status: response.status, headers: response.headers }
  }
  return {
    send,
    run: async <Data>(query: string, variables: Variables = {}) => {
      const { data, errors, status, headers: answered } = await send(query, variables)
      if (errors || !data) {
        throw new Error(
          `GraphQL failed (${status}, request ${answered.get('x-request-id')})\n${query}\nvariables ${JSON.stringify(variables)}\nanswer ${JSON.stringify({ data, errors })}`,
        )
      }
      return data as Data
    },
    subscribe: (query, variables) => subscribe(url, headers, query, variables),
  }
}

function subscribe(
  url: string,
  headers: Record<string, string>,
  query: string,
  variables: Variables = {},
): Subscription {
  const received: GraphqlAnswer[] = []
  const waiting: ((answer: GraphqlAnswer) => void)[] = []
  let taken = 0
  let acknowledge = () => {}
  const connected = new Promise<void>((done) => (acknowledge = done))
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: class extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols, { headers })
      }
    },
    connectionParams: headers.authorization ? { authorization: headers.authorization } : {},
    retryAttempts: 0,
    on: { connected: () => acknowledge() },
  })
  const give = (answer: GraphqlAnswer) => {
    received.push(answer)
    waiting.shift()?.(answer)
  }
  const stop = client.subscribe(
    { query, variables },
    {
      next: (answer) => give(answer as GraphqlAnswer),
      error: (error) =>
        give({
          errors: Array.isArray(error)
            ? error
            : [{ message: closeText(error), extensions: { close: (error as { code?: number }).code } }],
        }),
      complete: () => {},
    },
  )
  return {
    received,
    connected,
    next: async (timeoutMs = 10_000) => {
      const index = taken++
      const there = received[index]
      if (there) return there
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_done, fail) => {
        timer = setTimeout(
          () =>
            fail(new Error(`Nothing arrived within ${timeoutMs} ms\n${query}\nreceived ${JSON.stringify(received)}`)),
          timeoutMs,
        )
      })
      try {
        return await Promise.race([new Promise<GraphqlAnswer>((done) => waiting.push(done)), late])
      } finally {
        clearTimeout(timer)
      }
    },
    [Symbol.asyncDispose]: async () => {
      stop()
      await client.dispose()
    },
  }
}

const closeText = (error: unknown): string =>
  error instanceof Error ? error.message : ((error as { reason?: string }).reason ?? String(error))
