import { once } from 'node:events'
import WebSocket, { type ClientOptions } from 'ws'

type Message = { type: string; id?: string; payload?: unknown }
export type RawSocket = AsyncDisposable & {
  ws: WebSocket
  send: (message: object | string) => void
  /** The next message; messages are queued, and the wait is at most five seconds. */
  next: () => Promise<Message>
  /** Runs one operation to its end and returns all its messages. */
  operate: (query: string, options?: { id?: string; variables?: object; operationName?: string }) => Promise<Message[]>
  /** All messages until an operation ends. */
  ended: () => Promise<Message[]>
  closed: Promise<{ code: number; reason: string }>
}

/** A socket that sends graphql-transport-ws messages as given. It sends `connection_init` first, unless `init` is null. */
export async function rawSocket(
  url: string,
  {
    init,
    protocol = 'graphql-transport-ws',
    ...options
  }: ClientOptions & { init?: object | null; protocol?: string } = {},
): Promise<RawSocket> {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, protocol, options)
  const queue: Message[] = []
  const waiting: ((message: Message) => void)[] = []
  ws.on('message', (data: Buffer) => {
    const message = JSON.parse(String(data)) as Message
    const taker = waiting.shift()
    if (taker) taker(message)
    else queue.push(message)
  })
  ws.on('error', () => {})
  const closed = new Promise<{ code: number; reason: string }>((done) =>
    ws.once('close', (code, reason) => done({ code, reason: String(reason) })),
  )
  await once(ws, 'open')
  const send = (message: object | string) => ws.send(typeof message === 'string' ? message : JSON.stringify(message))
  const next = (): Promise<Message> => {
    const queued = queue.shift()
    if (queued) return Promise.resolve(queued)
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error('no message within 5 s')), 5_000)
      void closed.then(({ code, reason }) => fail(new Error(`closed with ${code} ${reason}`)))
      waiting.push((message) => {
        clearTimeout(timer)
        done(message)
      })
    })
  }
  const operate: RawSocket['operate'] = (query, { id = 'one', variables, operationName } = {}) => {
    send({ type: 'subscribe', id, payload: { query, variables, operationName } })
    return ended()
  }
  const ended: RawSocket['ended'] = async () => {
    const messages: Message[] = []
    for (;;) {
      const message = await next()
      messages.push(message)
      if (message.type === 'complete' || message.type === 'error') return messages
    }
  }
  if (init !== null) {
    send({ type: 'connection_init', payload: init ?? {} })
    await next()
  }
  return {
    ws,
    send,
    next,
    operate,
    ended,
    closed,
    [Symbol.asyncDispose]: async () => {
      ws.terminate()
      await closed
    },
  }
}

/** Code of the first error in the messages of an operation; undefined without an error. */
export function codeOf(messages: Message[]): unknown {
  for (const { type, payload } of messages) {
    const errors = type === 'error' ? payload : (payload as { errors?: unknown } | undefined)?.errors
    const [first] = (errors ?? []) as { extensions?: { code?: unknown } }[]
    if (first) return first.extensions?.code ?? first
  }
  return undefined
}
