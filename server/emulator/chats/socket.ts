import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import { WebSocketServer } from 'ws'

import type { EmulatorAccess } from '../access/emulator-access.ts'
import { isSameOrigin } from '../access/origin.ts'
import type { Store } from '../state/store.ts'

const path = '/_emulator/socket'
const maxSockets = 100
const maxBufferedBytes = 4 * 1024 * 1024
const pingMs = 30_000

function refuse(socket: Duplex, status: string): void {
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** Pushes every change to the open phone pages. Pages only listen; their commands go over HTTP. */
export function createSocket(store: Store, access: EmulatorAccess) {
  const server = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false })
  const alive = new WeakSet<object>()
  const unsubscribe = store.subscribe((event) => {
    if (server.clients.size === 0) return
    const data = JSON.stringify(event)
    for (const client of server.clients) {
      // A slow page reconnects and fetches the whole state.
      if (client.bufferedAmount > maxBufferedBytes) client.terminate()
      else client.send(data)
    }
  })
  const pinging = setInterval(() => {
    for (const client of server.clients) {
      if (!alive.delete(client)) client.terminate()
      else client.ping()
    }
  }, pingMs)
  pinging.unref()

  server.on('connection', (client) => {
    alive.add(client)
    client.on('pong', () => alive.add(client))
    client.on('error', () => client.terminate())
  })

  return {
    /** Handles an upgrade for the phone page's socket; false when the request is for another path. */
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
      if (request.url?.split('?', 1)[0] !== path) return false
      if (!isSameOrigin(request.headers)) refuse(socket, '403 Forbidden')
      else if (!access.isAdmitted(request.headers)) refuse(socket, '401 Unauthorized')
      else if (server.clients.size >= maxSockets) refuse(socket, '503 Service Unavailable')
      else server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request))
      return true
    },
    /** May be called more than once. */
    async close(): Promise<void> {
      unsubscribe()
      clearInterval(pinging)
      for (const client of server.clients) client.close(1001)
      for (const client of server.clients) client.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
