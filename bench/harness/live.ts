import { WebSocket } from 'ws'
import { now } from './statistics.ts'

export type LiveEvents = AsyncDisposable & {
  /** When the first event came whose text holds `needle` (see `seenAt`'s clock), waiting for it at most 60 s. */
  seenAt: (key: string) => Promise<number>
}

/** A subscribed screen: notes when an event about each key arrived. `keyOf` picks the key out of an event's JSON. */
export async function followEvents(
  url: string,
  {
    authorization,
    query,
    keyOf,
  }: { authorization: string; query: string; keyOf: (text: string) => string | undefined },
): Promise<LiveEvents> {
  const arrivals = new Map<string, number>()
  const waiting = new Map<string, (at: number) => void>()
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws')
  const acknowledged = new Promise<void>((done, fail) => {
    socket.once('error', fail)
    socket.on('message', (data) => {
      const at = now()
      const text = String(data as Buffer)
      if (text.startsWith('{"type":"connection_ack"')) return done()
      if (text.includes('"type":"ping"')) return socket.send('{"type":"pong"}')
      const key = keyOf(text)
      if (!key || arrivals.has(key)) return
      arrivals.set(key, at)
      waiting.get(key)?.(at)
    })
  })
  await new Promise((done) => socket.once('open', done))
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }))
  await acknowledged
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
  return {
    seenAt: (key) => {
      const there = arrivals.get(key)
      if (there !== undefined) return Promise.resolve(there)
      return new Promise((done, fail) => {
        const timer = setTimeout(() => fail(new Error(`No event about ${key} within 60 s`)), 60_000)
        waiting.set(key, (at) => {
          clearTimeout(timer)
          done(at)
        })
      })
    },
    [Symbol.asyncDispose]: async () => socket.terminate(),
  }
}
