import type { WebSocket } from 'ws'

export type KeepAlive = Disposable & {
  /** Pings a socket until it is removed, and disconnects it when a ping is not answered by the next one. */
  add: (socket: WebSocket) => void
  remove: (socket: WebSocket) => void
}

/** Parts of the interval over which pings are spread, so that ten thousand sockets are not pinged at one instant. */
const PARTS = 12

/** Pings all sockets once every `everyMs` by one timer. */
export function keepSocketsAlive(everyMs: number): KeepAlive {
  const parts = Array.from({ length: PARTS }, () => new Set<WebSocket>())
  const unanswered = new Set<WebSocket>()
  let added = 0
  let ticks = 0
  function answered(this: WebSocket): void {
    unanswered.delete(this)
  }
  const timer = setInterval(() => {
    for (const socket of parts[ticks++ % PARTS] ?? []) {
      if (socket.readyState !== socket.OPEN) continue
      if (unanswered.has(socket)) socket.terminate()
      else {
        unanswered.add(socket)
        socket.ping()
      }
    }
  }, everyMs / PARTS)
  return {
    add: (socket) => {
      parts[added++ % PARTS]?.add(socket)
      socket.on('pong', answered)
    },
    remove: (socket) => {
      unanswered.delete(socket)
      for (const part of parts) if (part.delete(socket)) return
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
