import type { WebSocket } from 'ws'
import { clientGroup } from '../auth/client-group.ts'
import { closeSocket } from './socket-sink.ts'

export type AnonymousBounds = {
  perAddress: number
  total: number
  /** An anonymous socket is closed after this time. */
  lifetimeMs: number
  /** Minimum age at which the oldest socket is closed to make room at the total; clients authenticate earlier. */
  graceMs: number
}

export const ANONYMOUS_BOUNDS: AnonymousBounds = { perAddress: 50, total: 1_000, lifetimeMs: 60_000, graceMs: 1_000 }

/** graphql-ws close code "Unauthorized"; clients do not reconnect by themselves after it. */
const UNAUTHORIZED = 4401
/** RFC 6455 registry: "Try Again Later"; graphql-ws clients reconnect after it. */
const TRY_AGAIN_LATER = 1013

export type AnonymousSockets = {
  /** Whether the address may open another socket. At the total, this closes the oldest one to make room. */
  admit: (address: string) => boolean
  /** Counts a socket until it is closed, or until the returned function reports that its peer has authenticated. */
  add: (socket: WebSocket, address: string) => () => void
  count: () => number
}

/** Limits sockets of unauthenticated peers, so that they leave room for authenticated ones. */
export function createAnonymousSockets({ perAddress, total, lifetimeMs, graceMs }: AnonymousBounds): AnonymousSockets {
  /** The oldest first. */
  const sockets = new Map<WebSocket, { address: string; since: number }>()
  const addresses = new Map<string, number>()

  return {
    admit: (address) => {
      if ((addresses.get(clientGroup(address)) ?? 0) >= perAddress) return false
      if (sockets.size < total) return true
      const [oldest] = sockets
      if (!oldest || Date.now() - oldest[1].since < graceMs) return false
      closeSocket(oldest[0], TRY_AGAIN_LATER, 'Too many sockets have not authenticated; try again')
      remove(oldest[0])
      return true
    },
    add: (socket, address) => {
      const key = clientGroup(address)
      sockets.set(socket, { address: key, since: Date.now() })
      addresses.set(key, (addresses.get(key) ?? 0) + 1)
      let timer: NodeJS.Timeout | undefined = setTimeout(
        () =>
          closeSocket(socket, UNAUTHORIZED, 'This socket has not authenticated; send credentials in connection_init'),
        lifetimeMs,
      )
      const forget = () => {
        clearTimeout(timer)
        // Authenticated sockets may stay for days; nothing of this is kept with them.
        timer = undefined
        socket.removeListener('close', forget)
        remove(socket)
      }
      socket.once('close', forget)
      return forget
    },
    count: () => sockets.size,
  }

  function remove(socket: WebSocket): void {
    const found = sockets.get(socket)
    if (!found) return
    sockets.delete(socket)
    const left = (addresses.get(found.address) ?? 0) - 1
    if (left > 0) addresses.set(found.address, left)
    else addresses.delete(found.address)
  }
}
