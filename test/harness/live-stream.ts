import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import WebSocket from 'ws'
import type { GraphqlAnswer } from './graphql-client.ts'

export const TRANSPORTS = ['websocket', 'sse'] as const
export type TransportName = (typeof TRANSPORTS)[number]

export type Operation = { query: string; variables?: object; operationName?: string }

/** How the server ended a stream: whether the client is meant to come back, and the words it was given. */
export type StreamEnd = { reconnect: boolean; message: string }

/** One subscription over one transport, as a client sees it byte by byte. */
export type LiveStream = AsyncDisposable & {
  /** Answers received so far. */
  received: GraphqlAnswer[]
  /** The next answer. None is ever missed: answers queue. */
  next: () => Promise<GraphqlAnswer>
  ended: Promise<StreamEnd>
  /** Stops reading, and goes on. */
  pause: () => void
  resume: () => void
  /** Goes away without a word. */
  vanish: () => void
}

/** A subscription that was refused. */
export type Refusal = { code: unknown; message: string; status: number | null }

type Handlers = { answer: (answer: GraphqlAnswer) => void; end: (end: StreamEnd) => void }
type Wire = Pick<LiveStream, 'pause' | 'resume' | 'vanish'>

/** Opens a subscription. @throws RefusedError when it is refused. */
export async function openLiveStream(
  transport: TransportName,
  url: string,
  headers: Record<string, string>,
  operation: Operation,
): Promise<LiveStream> {
  const received: GraphqlAnswer[] = []
  let taken = 0
  let isOver = false
  let end = (_end: StreamEnd): void => {}
  const ended = new Promise<StreamEnd>((done) => (end = done))
  void ended.then(() => (isOver = true))
  const open = transport === 'websocket' ? openSocket : openSse
  const wire = await open(url, headers, operation, { answer: (answer) => void received.push(answer), end })
  return {
    ...wire,
    received,
    ended,
    next: async () => {
      const index = taken++
      for (const until = Date.now() + 10_000; Date.now() < until; await delay(5)) {
        const answer = received[index]
        if (answer) return answer
        if (isOver) throw new Error(`The stream ended: ${JSON.stringify(await ended)}`)
      }
      throw new Error(`Nothing arrived; received ${JSON.stringify(received)}`)
    },
    [Symbol.asyncDispose]: async () => wire.vanish(),
  }
}

export class RefusedError extends Error {
  readonly refusal: Refusal
  constructor(errors: GraphqlAnswer['errors'], status: number | null) {
    const [first] = errors ?? []
    super(first?.message ?? 'refused without a word')
    this.refusal = { code: first?.extensions?.code, message: this.message, status }
  }
}

/** Returns the errors that refuse the operation. @throws when it is accepted. */
export async function refusalOf(...args: Parameters<typeof openLiveStream>): Promise<Refusal> {
  try {
    await using stream = await openLiveStream(...args)
    throw new Error(`was not refused; received ${JSON.stringify(stream.received)}`)
  } catch (error) {
    if (error instanceof RefusedError) return error.refusal
    throw error
  }
}

async function openSocket(
  url: string,
  headers: Record<string, string>,
  operation: Operation,
  { answer, end }: Handlers,
): Promise<Wire> {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { headers })
  await new Promise<void>((done, fail) => {
    let begun = false
    const send = (message: object) => ws.send(JSON.stringify(message))
    const begin = () => {
      begun = true
      done()
    }
    const refuse = (errors: GraphqlAnswer['errors']) => {
      ws.terminate()
      fail(new RefusedError(errors, null))
    }
    ws.on('error', fail)
    ws.on('open', () => send({ type: 'connection_init' }))
    ws.on('close', (code, reason) => {
      const message = String(reason)
      if (!begun) return fail(new RefusedError([{ message, extensions: { code } }], null))
      end({ reconnect: code === 1001 || code === 1013, message })
    })
    ws.on('message', (data: Buffer) => {
      const { type, id, payload } = JSON.parse(String(data)) as { type: string; id?: string; payload: GraphqlAnswer }
      if (type === 'connection_ack') {
        send({ id: 'one', type: 'subscribe', payload: operation })
        // A second operation is answered in its turn, and so after the subscription was accepted.
        setTimeout(() => send({ id: 'probe', type: 'subscribe', payload: { query: '{ __typename }' } }), 150)
      }
      if (id === 'probe') return type === 'complete' ? begin() : undefined
      if (type === 'error') return refuse(payload as unknown as GraphqlAnswer['errors'])
      if (type === 'next' && payload.errors && !payload.data) return refuse(payload.errors)
      if (type !== 'next') return
      begin()
      answer(payload)
    })
  })
  return { pause: () => ws.pause(), resume: () => ws.resume(), vanish: () => ws.terminate() }
}

/** GraphQL over SSE, "distinct connections mode", read by hand. */
async function openSse(
  url: string,
  headers: Record<string, string>,
  operation: Operation,
  { answer, end }: Handlers,
): Promise<Wire> {
  const outgoing: ClientRequest = request(`${url}/graphql`, {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'x-graphql-yoga-csrf': '1',
      ...headers,
    },
  })
  outgoing.on('error', () => {})
  const response = await new Promise<IncomingMessage>((done, fail) => {
    outgoing.on('response', done).on('error', fail)
    outgoing.end(JSON.stringify(operation))
  })
  let text = ''
  let last: GraphqlAnswer | null = null
  let isComplete = false
  const read = (block: string): void => {
    if (/^event: complete$/m.test(block)) isComplete = true
    const [, data] = /^event: next\ndata: (.*)$/m.exec(block) ?? []
    if (!data) return
    last = JSON.parse(data) as GraphqlAnswer
    if (last.data) answer(last)
  }
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    const blocks = `${text}${chunk}`.split('\n\n')
    text = blocks.pop() ?? ''
    blocks.forEach(read)
  })
  const isOver = new Promise<void>((done) => response.on('error', () => {}).once('close', done))
  if (response.statusCode !== 200) {
    await isOver
    const body = last ?? (JSON.parse(text) as GraphqlAnswer)
    throw new RefusedError(body.errors, response.statusCode ?? 0)
  }
  void isOver.then(() => end({ reconnect: !isComplete, message: last?.errors?.[0]?.message ?? '' }))
  return { pause: () => response.pause(), resume: () => response.resume(), vanish: () => outgoing.destroy() }
}
