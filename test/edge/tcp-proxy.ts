import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export type TcpProxy = AsyncDisposable & { port: number; cut: () => Promise<void>; mend: () => Promise<void> }

/** A proxy to another port. `cut` closes it with all its connections; `mend` opens it again on the same port. */
export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  const open = new Set<Socket>()
  const pass = (from: Socket) => {
    const to = connect(targetPort, '127.0.0.1')
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  }
  let server: Server
  let port = 0
  const mend = async () => {
    server = createServer(pass).listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  const cut = async () => {
    const closed = new Promise((done) => server.close(done))
    for (const socket of open) socket.destroy()
    await closed
  }
  await mend()
  return { port, cut, mend, [Symbol.asyncDispose]: cut }
}
