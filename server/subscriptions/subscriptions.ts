import { createSourceEventStream, execute, GraphQLError, type ExecutionResult } from 'graphql'
import type { AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { createRequestContext } from '../graphql/context.ts'
import { createErrorMask } from '../graphql/errors.ts'
import { streamOperation, type OperationArgs, type StreamOperation } from '../graphql/stream-field.ts'
import { addErrorCodes } from '../graphql/variable-errors.ts'
import { createSlots, HOLDER_PHRASES, connectionBounds, type SlotScope } from '../rate-limit/slots.ts'
import { createGroups } from './groups.ts'
import { followSource } from './source.ts'
import { TRANSPORTS, type Sink, type Transport } from './sink.ts'
import { withoutHttp } from './without-http.ts'

/** An accepted subscription. */
export type Subscription = {
  /**
   * Sends payloads to `sink` until the subscription is complete or stopped.
   *
   * @throws the error to send to the peer when the subscription fails.
   */
  run: (sink: Sink) => Promise<void>
  /** Ends the subscription and releases its slot; a second call does nothing. */
  stop: () => void
}

export type SubscriptionStats = {
  /** Open subscriptions by transport; `log` of them follow the event log. */
  open: { transport: Transport; log: number; other: number }[]
  groups: number
}

export type Subscriptions = {
  /**
   * Starts a subscription whose document is valid and charged. Answers the errors of a field that refuses.
   *
   * @throws AppError RATE_LIMITED at the limit of the caller or its shop, UNAVAILABLE at the limit of this node or when
   * events cannot be followed now.
   */
  open: (args: OperationArgs) => Promise<Subscription | Pick<ExecutionResult, 'errors'>>
  stats: () => SubscriptionStats
}

type Source = { kind: 'log' | 'other'; follow: (sink: Sink) => Promise<void>; leave: () => void }

/**
 * Runs subscriptions of all transports: limits, groups, and a new request context for every event, so that no loader answers
 * with data cached for an earlier one.
 */
export function createSubscriptions(app: AppContext): Subscriptions {
  const groups = createGroups(app.streams)
  const slots = createSlots(connectionBounds(app.config.subscriptionsPerCaller), tooMany)
  const maskForHttp = createErrorMask(app.logger, () => null)
  const mask = (error: GraphQLError): GraphQLError => withoutHttp(maskForHttp(error))
  const running = new Map<Subscription, { transport: Transport; kind: Source['kind'] }>()

  const executor = (args: OperationArgs) => async (item: unknown) => {
    const { actor, requestId, ip } = args.contextValue
    const contextValue = createRequestContext({ app, actor, requestId, ip })
    const result = await execute({ ...args, rootValue: item, contextValue })
    return result.errors ? { ...result, errors: result.errors.map(mask) } : result
  }

  const openSource = async (args: OperationArgs): Promise<Source | Pick<ExecutionResult, 'errors'>> => {
    let operation: StreamOperation | null
    try {
      operation = streamOperation(args)
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] }
      throw error
    }
    if (operation) {
      const { follow, leave } = await groups.join(operation, executor(args))
      return { kind: 'log', follow, leave }
    }
    const source = await createSourceEventStream(args)
    return 'errors' in source
      ? source
      : { kind: 'other', ...followSource(source as AsyncIterable<unknown>, executor(args)) }
  }

  const begin = (source: Source, slot: Disposable): Subscription => {
    let stop = () => {}
    const stopped = new Promise<void>((done) => (stop = done))
    const subscription: Subscription = {
      run: async (sink) => {
        running.set(subscription, { transport: sink.transport, kind: source.kind })
        try {
          await Promise.race([source.follow(sink), stopped])
          if (source.kind === 'log') await stopped
        } catch (error) {
          if (source.kind === 'other' || isRefusal(error)) throw error
          app.logger.debug({ err: error }, 'events could not be read for a subscriber, who resumes')
          sink.end('UNREADABLE')
        } finally {
          subscription.stop()
        }
      },
      stop: () => {
        running.delete(subscription)
        slot[Symbol.dispose]()
        source.leave()
        stop()
      },
    }
    return subscription
  }

  return {
    open: async (args) => {
      const { actor } = args.contextValue
      const slot = actor && slots.take(actor)
      try {
        const source = await openSource(args)
        if (slot && 'follow' in source) return begin(source, slot)
        slot?.[Symbol.dispose]()
        if (!('follow' in source)) return addErrorCodes(source, actor)
        // No subscription field is open to anonymous callers; one that is must be limited first.
        source.leave()
        throw new AppError('UNAUTHENTICATED', 'Send an API key as "Authorization: Bearer <key>" to subscribe.')
      } catch (error) {
        slot?.[Symbol.dispose]()
        throw error
      }
    },
    stats: () => ({
      open: TRANSPORTS.map((transport) => {
        const kinds = [...running.values()].filter((one) => one.transport === transport).map(({ kind }) => kind)
        const log = kinds.filter((kind) => kind === 'log').length
        return { transport, log, other: kinds.length - log }
      }),
      groups: groups.stats().groups,
    }),
  }
}

/** Whether the client must change the request, rather than retry. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof AppError && error.code !== 'UNAVAILABLE' && error.code !== 'INTERNAL'

const tooMany = (full: SlotScope, bound: number): AppError =>
  new AppError(
    full === 'total' ? 'UNAVAILABLE' : 'RATE_LIMITED',
    `${HOLDER_PHRASES[full]} ${bound} subscriptions already, as many as are allowed. End some of them; one subscription can carry all events.`,
  )
