import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ExecutionResult } from 'graphql'
import type { ServerResponse } from 'node:http'
import type { AppContext } from '../context.ts'
import { createErrorMask } from '../graphql/errors.ts'
import type { OperationArgs } from '../graphql/stream-field.ts'
import { END_REASONS } from '../subscriptions/end-reasons.ts'
import type { Sink } from '../subscriptions/sink.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import { isRefusal, type Subscriptions } from '../subscriptions/subscriptions.ts'
import type { ActorWatch, Watched } from '../subscriptions/watch.ts'
import { withoutHttp } from '../subscriptions/without-http.ts'
import { credentialsOf } from './request-context.ts'

// GraphQL over SSE, "distinct connections mode": https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
const NEXT = Buffer.from('event: next\ndata: ')
const END_OF_EVENT = Buffer.from('\n\n')
const COMPLETE = 'event: complete\ndata:\n\n'
const COMMENT = ':\n\n'
const NOTHING_TO_ITERATE: AsyncIterable<never> = { async *[Symbol.asyncIterator]() {} }
/** Time after which a peer that has not read the end of its stream is disconnected; shorter while the process stops. */
const CLOSE_TIMEOUT_MS = 5_000
const STOP_TIMEOUT_MS = 2_000

export type SseStreams = AsyncDisposable & {
  /** Prepares a request that may become a stream. */
  exchange: (request: FastifyRequest, reply: FastifyReply) => SseExchange
  stats: () => { connections: number }
}

export type SseExchange = {
  /** Starts a subscription. The returned iterator yields nothing, since `serve` sends the payloads. */
  subscribe: (args: OperationArgs) => Promise<ExecutionResult | AsyncIterable<never>>
  /** Streams the subscription when `response` is the head of an event stream. Returns whether it streams. */
  serve: (response: Response | null) => boolean
}

type Started = { subscription: Subscription; args: OperationArgs }

type SseOptions = {
  subscriptions: Subscriptions
  watch: ActorWatch
  /** Interval of keep-alive comments; a peer that has read nothing in between is disconnected. */
  keepAliveMs?: number
}

/** Serves subscriptions as server-sent events, one response each. */
export function createSseStreams(
  app: AppContext,
  { subscriptions, watch, keepAliveMs = 12_000 }: SseOptions,
): SseStreams {
  const mask = createErrorMask(app.logger, () => null)
  const open = new Map<Sink, Promise<void>>()
  let stopping = false

  const sinkOf = (response: ServerResponse): Sink => ({
    transport: 'sse',
    isOpen: () => !response.writableEnded && !response.destroyed,
    buffered: () => response.writableLength,
    send: (json) => void response.write(Buffer.concat([NEXT, json, END_OF_EVENT])),
    together: (sends) => {
      response.cork()
      sends()
      response.uncork()
    },
    end: (reason) => {
      if (response.writableEnded) return
      const { error, reconnect } = END_REASONS[reason]
      finish(response, {
        error,
        complete: !reconnect,
        withinMs: reason === 'STOPPING' ? STOP_TIMEOUT_MS : CLOSE_TIMEOUT_MS,
      })
    },
  })

  /** Ends a stream with its reason. Without `complete` graphql-sse clients reconnect by themselves. */
  const finish = (
    response: ServerResponse,
    { error, complete, withinMs }: { error?: unknown; complete: boolean; withinMs: number },
  ): void => {
    if (response.writableEnded) return
    if (error) response.write(`event: next\ndata: ${JSON.stringify({ errors: [withoutHttp(mask(error))] })}\n\n`)
    response.end(complete ? COMPLETE : undefined)
    const timer = setTimeout(() => response.destroy(), withinMs).unref()
    response.once('close', () => clearTimeout(timer))
  }

  const keepAlive = (response: ServerResponse, sink: Sink): NodeJS.Timeout => {
    let [read, waiting] = [0, false]
    return setInterval(() => {
      const { bytesWritten = 0 } = response.socket ?? {}
      // `bytesWritten` includes bytes that the process still buffers.
      const now = bytesWritten - sink.buffered()
      if (waiting && now === read) return sink.end('TOO_SLOW')
      read = now
      response.write(COMMENT)
      waiting = sink.buffered() > 0
    }, keepAliveMs)
  }

  const stream = async (
    request: FastifyRequest,
    response: ServerResponse,
    { subscription, args }: Started,
  ): Promise<void> => {
    const sink = sinkOf(response)
    open.set(sink, new Promise((done) => response.once('close', () => done())))
    const watched: Watched = {
      credentials: credentialsOf(request),
      actor: args.contextValue.actor,
      onLost: () => sink.end('RIGHTS_LOST'),
    }
    watch.add(watched)
    const timer = keepAlive(response, sink)
    response.once('close', () => {
      clearInterval(timer)
      watch.remove(watched)
      open.delete(sink)
      subscription.stop()
    })
    // Some clients report the stream as open only after its first byte.
    response.write(COMMENT)
    try {
      await subscription.run(sink)
      // A subscription of the log goes on; whatever ends it ends the response.
      if (subscription.kind === 'other') finish(response, { complete: true, withinMs: CLOSE_TIMEOUT_MS })
    } catch (error) {
      finish(response, { error, complete: isRefusal(error), withinMs: CLOSE_TIMEOUT_MS })
    }
  }

  return {
    exchange: (request, reply) => {
      let started: Started | null = null
      return {
        subscribe: async (args) => {
          if (stopping) throw END_REASONS.STOPPING.error
          const opened = await subscriptions.open(args)
          if (!('run' in opened)) return opened
          started = { subscription: opened, args }
          return NOTHING_TO_ITERATE
        },
        serve: (head) => {
          if (!started) return false
          const { raw } = reply
          if (head?.headers.get('content-type') !== 'text/event-stream' || raw.destroyed || stopping) {
            started.subscription.stop()
            return false
          }
          reply.hijack()
          raw.writeHead(200, Object.fromEntries(head.headers))
          raw.socket?.setKeepAlive(true, keepAliveMs)
          void stream(request, raw, started)
          return true
        },
      }
    },
    stats: () => ({ connections: open.size }),
    [Symbol.asyncDispose]: async () => {
      stopping = true
      for (const sink of open.keys()) sink.end('STOPPING')
      await Promise.all(open.values())
    },
  }
}
