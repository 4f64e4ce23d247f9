import type { AddressInfo } from 'node:net'
import { expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { listenForSignals } from './signals.ts'

test('replaces a connection that answers no ping', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  let connections = 0
  // Accepts and acknowledges, then stays silent, like a half-open connection.
  server.on('connection', (socket) => {
    connections += 1
    socket.once('message', () => socket.send(JSON.stringify({ type: 'connection_ack' })))
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const lost: string[] = []
  const signals = listenForSignals({
    url: `http://127.0.0.1:${port}/graphql`,
    apiKey: 'key',
    backoff: { baseMs: 1, maxMs: 2 },
    keepAliveMs: 20,
    onSignal: () => {},
    onConnected: () => {},
    onLost: (reason) => lost.push(reason),
  })
  await vi.waitFor(() => expect(connections).toBeGreaterThan(1), { timeout: 5_000 })
  expect(lost.length).toBeGreaterThan(0)
  await signals.stop()
  for (const socket of server.clients) socket.terminate()
  await new Promise((resolve) => server.close(resolve))
})
