import type { Exchange } from '@urql/core'
import { expect, test, vi } from 'vitest'
import { EventsDocument } from '../generated/operations.ts'
import { createConnection } from './connection.ts'

/** A socket that the server closes before it acknowledges the connection, as when the session has just ended. */
class RefusedSocket {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  static opened = 0
  readonly protocol = 'graphql-transport-ws'
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | undefined
  constructor() {
    RefusedSocket.opened++
    setTimeout(() => this.onclose?.({ code: 4403, reason: 'Forbidden', wasClean: true }))
  }
  close(): void {}
}

test('a connection may be disposed while the server refuses it', async () => {
  const cache: Exchange = ({ forward }) => forward
  const url = 'http://shop.example/graphql'
  const connection = createConnection({ url, cache, onSignedOut: () => {}, webSocketImpl: RefusedSocket })
  connection.client.subscription(EventsDocument, {}).subscribe(() => {})
  await vi.waitFor(() => expect(RefusedSocket.opened).toBe(1))
  await expect(connection.dispose()).resolves.toBeUndefined()
})
