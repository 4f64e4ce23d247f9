import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Webhook } from 'standardwebhooks'

/** A webhook as it arrived: headers, and the very bytes of the body. */
export type Received = {
  id: string
  headers: Record<string, string>
  body: string
  /** The status that the receiver answered with; absent before that. */
  status: number | null
}

export type Handler = (received: Received, response: ServerResponse) => void

/** A partner's server: keeps what arrives and answers as told. */
export type Receiver = AsyncDisposable & {
  url: string
  received: Received[]
  /** Connections opened so far, whether or not anything was sent over them. */
  connections: () => number
  /** How requests are answered from now on; 204 unless told otherwise. */
  answer: (handler: Handler) => void
}

export const answerWith =
  (status: number, headers: Record<string, string> = {}, body = ''): Handler =>
  (_received, response) =>
    void response.writeHead(status, headers).end(body)

export async function startReceiver(host = '127.0.0.1'): Promise<Receiver> {
  const received: Received[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let handler = answerWith(204)
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const one: Received = {
      id: headers['webhook-id'] ?? '',
      headers,
      body: Buffer.concat(chunks).toString(),
      status: null,
    }
    received.push(one)
    response.once('finish', () => (one.status = response.statusCode))
    handler(one, response)
  }
  const server = createServer((request, response) => void take(request, response).catch(() => response.destroy()))
  server.on('connection', (socket) => {
    connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((done) => server.listen(0, host, done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/hook`,
    received,
    connections: () => connections,
    answer: (next) => void (handler = next),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((done) => server.close(done))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** The body, once its signature has been verified with `secret`. @throws WebhookVerificationError. */
export const verified = (secret: string, { body, headers }: Received): Record<string, unknown> =>
  new Webhook(secret).verify(body, headers) as Record<string, unknown>
