import type { ExecutionResult } from 'graphql'

type Body = { query: string; variables?: Record<string, unknown>; operationName?: string }
type Frame = { type: string; id?: string; payload?: Body }
type Execute = (body: Body, event: unknown) => Promise<ExecutionResult>

const OPEN = 1
const CLOSED = 3

/** The server's end of graphql-transport-ws, in memory: every subscription is kept, so that none can be missed. */
export type FakeSockets = {
  implementation: unknown
  /** The variables of every `subscribe` so far, in order. */
  subscriptions: Record<string, unknown>[]
  /** Sends an event to the running subscription. */
  push: (event: unknown) => Promise<void>
  /** Ends the running subscription, as the server may. */
  complete: () => void
  /** Ends the running subscription with an error of the server. */
  refuse: (message: string) => void
  /** Drops the connection. With `refuse`, new connections fail, too, until a call with `false`. */
  drop: (refuse?: boolean) => void
}

export function createFakeSockets(execute: Execute): FakeSockets {
  const subscriptions: Record<string, unknown>[] = []
  let current: FakeSocket | undefined
  let isRefusing = false
  const setCurrent = (socket: FakeSocket) => {
    current = socket
  }

  class FakeSocket {
    static readonly CONNECTING = 0
    static readonly OPEN = OPEN
    static readonly CLOSING = 2
    static readonly CLOSED = CLOSED
    readyState = 0
    onopen?: () => void
    onclose?: (event: { code: number; reason: string; wasClean: boolean }) => void
    onerror?: (event: unknown) => void
    onmessage?: (event: { data: string }) => void
    running: { id: string; body: Body } | undefined

    constructor() {
      queueMicrotask(() => {
        if (isRefusing) return this.close(1006)
        setCurrent(this)
        this.readyState = OPEN
        this.onopen?.()
      })
    }

    answer(frame: object): void {
      this.onmessage?.({ data: JSON.stringify(frame) })
    }

    send(data: string): void {
      const frame = JSON.parse(data) as Frame
      if (frame.type === 'connection_init') this.answer({ type: 'connection_ack' })
      if (frame.type === 'ping') this.answer({ type: 'pong' })
      if (frame.type === 'complete') this.running = undefined
      if (frame.type === 'subscribe' && frame.id && frame.payload) {
        this.running = { id: frame.id, body: frame.payload }
        subscriptions.push(frame.payload.variables ?? {})
      }
    }

    close(code = 1000, reason = ''): void {
      if (this.readyState === CLOSED) return
      this.readyState = CLOSED
      this.onclose?.({ code, reason, wasClean: code === 1000 })
    }
  }

  return {
    implementation: FakeSocket,
    subscriptions,
    push: async (event) => {
      const running = current?.running
      if (!running) throw new Error('No subscription is running')
      const payload = await execute(running.body, event)
      current?.answer({ id: running.id, type: 'next', payload })
    },
    complete: () => current?.answer({ id: current.running?.id, type: 'complete' }),
    refuse: (message) => current?.answer({ id: current.running?.id, type: 'error', payload: [{ message }] }),
    drop: (refuse = false) => {
      isRefusing = refuse
      current?.close(1006)
    },
  }
}
