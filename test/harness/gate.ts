import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

/** The treatment of a request: the gate lets it pass, holds it back, or lets it pass and holds back its answer. */
export type Verdict = 'pass' | 'hold-request' | 'hold-answer'

/** A request the gate holds. Its effect has not happened (`hold-request`) or has (`hold-answer`). */
export type Held = {
  body: string
  /** Lets it go on. */
  release: () => void
}

/**
 * Stands between two processes and makes moments certain: a held request stays held until released, and is forgotten when
 * its sender dies.
 */
export type Gate = AsyncDisposable & {
  url: string
  /** Judges every request from now on, and forgets what was held or waited for. */
  judge: (judge: (body: string, path: string) => Verdict) => void
  /** Resolves with the next request to be held, or with one that is held already and was not yet given out. */
  nextHeld: () => Promise<Held>
}

export async function openGate(target: string): Promise<Gate> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const heldQueue: Held[] = []
  const waiting: ((held: Held) => void)[] = []
  let judge: (body: string, path: string) => Verdict = () => 'pass'

  const hold = (body: string, outgoing: ServerResponse): Promise<boolean> =>
    new Promise((done) => {
      outgoing.once('close', () => done(false))
      const held: Held = { body, release: () => done(true) }
      const taker = waiting.shift()
      if (taker) taker(held)
      else heldQueue.push(held)
    })

  const forward = (
    incoming: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> =>
    new Promise((done, fail) => {
      const { 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = incoming.headers
      const outgoing = request(
        {
          hostname,
          port,
          path: incoming.url,
          method: incoming.method,
          headers: { ...headers, 'content-length': body.length },
          agent: false,
        },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () =>
            done({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) }),
          )
          answer.on('error', fail)
        },
      )
      outgoing.on('error', fail)
      outgoing.end(body)
    })

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const verdict = judge(body.toString(), incoming.url ?? '')
    if (verdict === 'hold-request' && !(await hold(body.toString(), outgoing))) return
    const answer = await forward(incoming, body)
    if (verdict === 'hold-answer' && !(await hold(body.toString(), outgoing))) return
    const { connection: _connection, 'transfer-encoding': _encoding, ...headers } = answer.headers
    outgoing.writeHead(answer.status, { ...headers, 'content-length': answer.body.length })
    outgoing.end(answer.body)
  }

  const server = createServer((incoming, outgoing) => void handle(incoming, outgoing).catch(() => outgoing.destroy()))
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (incoming, socket: Socket, head) => {
    const upstream = connect(Number(port), hostname, () => {
      const lines = incoming.rawHeaders.flatMap((name, index) =>
        index % 2 === 0 ? [`${name}: ${incoming.rawHeaders[index + 1]}`] : [],
      )
      upstream.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    for (const [one, other] of [
      [upstream, socket],
      [socket, upstream],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    judge: (next) => {
      judge = next
      waiting.length = 0
      heldQueue.length = 0
    },
    nextHeld: () => {
      const held = heldQueue.shift()
      return held ? Promise.resolve(held) : new Promise((done) => waiting.push(done))
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((done) => server.close(done))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
