import { createSourceEventStream, execute, GraphQLError, type ExecutionResult } from 'graphql'
import type { AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { createRequestContext, type RequestContext } from '../graphql/context.ts'
import { executeCompiled } from '../graphql/compiled.ts'
import { createErrorMask } from '../graphql/errors.ts'
import { streamOperation, type OperationArgs, type StreamOperation } from '../graphql/stream-field.ts'
import { addErrorCodes } from '../graphql/variable-errors.ts'
import { createSlots, HOLDER_PHRASES, connectionBounds, type SlotScope } from '../rate-limit/slots.ts'
import { createGroups } from './groups.ts'
import { LogSubscription } from './log-subscription.ts'
import { TRANSPORTS, type Transport } from './sink.ts'
import { subscribeToSource } from './source-subscription.ts'
import type { Subscription } from './subscription.ts'
import { withoutHttp } from './without-http.ts'

export type SubscriptionStats = {
  /** Open subscriptions by transport; `log` of them follow the event log. */
  open: { transport: Transport; log: number; other: number }[]
  groups: number
}

type Refused = Pick<ExecutionResult, 'errors'>

export type Subscriptions = {
  /**
   * Starts a subscription whose document is valid and charged. Answers the errors of a field that refuses.
   *
   * @throws AppError RATE_LIMITED at the limit of the caller or its shop, UNAVAILABLE at the limit of this node or when
   * events cannot be followed now.
   */
  open: (args: OperationArgs) => Promise<Subscription | Refused>
  stats: () => SubscriptionStats
}

/** Stands for the slot of an anonymous caller, whose subscription is refused before it runs. */
const NO_SLOT: Disposable = { [Symbol.dispose]: () => {} }

/**
 * Runs subscriptions of all transports: limits, groups, and a request context for all events that are executed in the same
 * tick: they share loaders, and no loader answers with data cached for events before them.
 */
export function createSubscriptions(app: AppContext): Subscriptions {
  const groups = createGroups(app.streams)
  const slots = createSlots(connectionBounds(app.config.subscriptionsPerCaller), tooMany)
  const maskForHttp = createErrorMask(app.logger, () => null)
  const mask = (error: GraphQLError): GraphQLError => withoutHttp(maskForHttp(error))
  const running = new Set<Subscription>()

  /** Keeps nothing of the connection: a group executes with the first subscriber's arguments, who may leave before others. */
  const executor = ({ schema, document, operationName, variableValues, contextValue }: OperationArgs) => {
    const { actor, requestId, ip } = contextValue
    let shared: RequestContext | undefined
    const contextOfTick = (): RequestContext => {
      if (!shared) queueMicrotask(() => (shared = undefined))
      return (shared ??= createRequestContext({ app, actor, requestId, ip }))
    }
    const masked = (result: ExecutionResult): ExecutionResult =>
      result.errors ? { ...result, errors: result.errors.map(mask) } : result
    return (item: unknown) => {
      const contextValue = contextOfTick()
      const args = { schema, document, operationName, variableValues, rootValue: item, contextValue }
      const result = executeCompiled(args) ?? execute(args)
      return result instanceof Promise ? result.then(masked) : masked(result)
    }
  }

  const start = async (args: OperationArgs, slot: Disposable): Promise<Subscription | Refused> => {
    let operation: StreamOperation | null
    try {
      operation = streamOperation(args)
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] }
      throw error
    }
    const place = { slot, running }
    if (operation) return new LogSubscription(await groups.join(operation, executor(args)), place, app.logger)
    const source = await createSourceEventStream(args)
    return 'errors' in source ? source : subscribeToSource(source as AsyncIterable<unknown>, executor(args), place)
  }

  return {
    open: async (args) => {
      const { actor } = args.contextValue
      const slot = actor ? slots.take(actor) : NO_SLOT
      try {
        const started = await start(args, slot)
        if (!('run' in started)) {
          slot[Symbol.dispose]()
          return addErrorCodes(started, actor)
        }
        if (actor) return started
        // No subscription field is open to anonymous callers; one that is must be limited first.
        started.stop()
        throw new AppError('UNAUTHENTICATED', 'Send an API key as "Authorization: Bearer <key>" to subscribe.')
      } catch (error) {
        slot[Symbol.dispose]()
        throw error
      }
    },
    stats: () => {
      const count = (transport: Transport, kind: Subscription['kind']): number =>
        [...running].filter((one) => one.transport === transport && one.kind === kind).length
      const open = TRANSPORTS.map((transport) => ({
        transport,
        log: count(transport, 'log'),
        other: count(transport, 'other'),
      }))
      return { open, groups: groups.stats().groups }
    },
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
