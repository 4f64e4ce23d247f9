import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Actor } from '../auth/actor.ts'
import type { Credentials } from '../auth/authenticate.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import type { Watched } from '../subscriptions/watch.ts'
import { endSocket } from './socket-sink.ts'

type PeerOptions = {
  socket: WebSocket
  /** The connection below the socket. */
  stream: Duplex
  ip: string
  /** Credentials of the upgrade request. */
  credentials: Credentials
}

/** A subscription of the log that runs on a socket. */
type LogOperation = { id: string; subscription: Subscription }

/**
 * The client at the other end of a socket, as graphql-ws talks to it (its `WebSocket`). Thousands stay connected: a peer is one
 * object, without closures, and keeps nothing of its upgrade request, which takes kilobytes.
 */
export class Peer implements Watched {
  readonly socket: WebSocket
  readonly stream: Duplex
  readonly ip: string
  /** Those of the upgrade request, until `connection_init` brings others. */
  credentials: Credentials
  /** Null until the peer has authenticated, and when its rights are lost. */
  actor: Actor | null = null
  initTimer: NodeJS.Timeout | undefined
  /** Ends the count among anonymous sockets, until the peer has authenticated. */
  uncountAnonymous: (() => void) | undefined
  /** The slot of an authenticated peer. */
  slot: Disposable | undefined
  /** Subscriptions of the log, which run beside graphql-ws (socket-operations.ts). */
  operations: readonly LogOperation[] = []
  /** Hands a message to graphql-ws. */
  handle: (text: string) => Promise<void> = async () => {}
  /** Tells graphql-ws that the socket is closed. */
  closed: (code: number, reason: string) => Promise<void> = async () => {}

  constructor({ socket, stream, ip, credentials }: PeerOptions) {
    this.socket = socket
    this.stream = stream
    this.ip = ip
    this.credentials = credentials
  }

  get protocol(): string {
    return this.socket.protocol
  }

  /** Sends a message of graphql-ws; does nothing when the socket is closing. */
  send(text: string): Promise<void> {
    const { socket } = this
    return new Promise((done, fail) => {
      if (socket.readyState !== socket.OPEN) return done()
      socket.send(text, (error) => (error ? fail(error) : done()))
    })
  }

  close(code?: number, reason?: string): void {
    this.socket.close(code, reason)
  }

  onMessage(handle: (text: string) => Promise<void>): void {
    this.handle = handle
  }

  onLost(): void {
    // A peer that does not answer the close can still send operations until it is disconnected.
    this.actor = null
    endSocket(this.socket, 'RIGHTS_LOST')
  }

  addOperation(id: string, subscription: Subscription): void {
    // Unlike a spread or a push, `concat` reserves no room for more.
    this.operations = this.operations.concat({ id, subscription })
  }

  /** Stops an operation. */
  removeOperation(id: string): void {
    for (const operation of this.operations) if (operation.id === id) operation.subscription.stop()
    this.operations = this.operations.filter((operation) => operation.id !== id)
  }

  stopOperations(): void {
    for (const { subscription } of this.operations) subscription.stop()
    this.operations = []
  }
}
