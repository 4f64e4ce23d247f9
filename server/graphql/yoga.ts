import {
  getOperationAST,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql'
import { createYoga, isAsyncIterable, type GraphQLParams, type Plugin, type YogaInitialContext } from 'graphql-yoga'
import type { AppContext } from '../context.ts'
import { currentRequestId } from '../request-id.ts'
import type { Meter } from '../rate-limit/meter.ts'
import { useAnonymousLimits, type AnonymousContext } from './anonymous.ts'
import { compiledExecute } from './compiled.ts'
import type { RequestContext } from './context.ts'
import { createErrorMask } from './errors.ts'
import { documentLimits, judgeOperation } from './limits.ts'
import { protocolRefusal } from './refusals.ts'
import type { OperationArgs } from './stream-field.ts'
import { swapRootFieldRule } from './subscription-rule.ts'
import { withCodes } from './variable-errors.ts'

/** What the HTTP and WebSocket edges hand to yoga with every operation. */
export type ServerContext = AnonymousContext & {
  requestContext: () => Promise<RequestContext>
  /** What the request asks, read by the edge; absent for operations that come otherwise. */
  asked?: GraphQLParams
  /** Whether a subscription can be answered over HTTP; absent for operations that come otherwise. */
  streams?: boolean
  /** Begins a subscription and serves it past yoga, which answers with the head of a stream of events. */
  subscribe?: (args: OperationArgs) => Promise<ExecutionResult | AsyncIterable<never>>
}

export type GraphqlServer = ReturnType<typeof createGraphqlServer>

export function createGraphqlServer(app: AppContext, schema: GraphQLSchema) {
  const maskError = createErrorMask(app.logger, currentRequestId)
  return createYoga<ServerContext, RequestContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    logging: false,
    // yoga's default reflects any origin with credentials; browsers of other origins have no business here.
    cors: false,
    maskedErrors: { maskError },
    // The edge reads bodies and files itself, within bounds.
    batching: false,
    multipart: false,
    maxRequestBodySize: false,
    // The edge has a page of its own.
    graphiql: false,
    context: ({ requestContext }) => requestContext(),
    plugins: [useEdgeParser(), ...documentLimits(), useAnonymousLimits(), useOperations(), useSubscriptions()],
  })
}

/** The edge has read and understood the request. */
function useEdgeParser(): Plugin<object, ServerContext> {
  return {
    onRequestParse: ({ serverContext, setRequestParser }) => {
      const { asked } = serverContext as ServerContext
      if (asked) setRequestParser(() => asked)
    },
  }
}

// nginx holds answers back unless it is told not to.
const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  'content-encoding': 'none',
  'x-accel-buffering': 'no',
}

/** Leaves subscriptions to the edge: yoga reads the request, judges the document and agrees on a media type. */
function useSubscriptions(): Plugin<object, ServerContext> {
  return {
    onValidate: ({ setValidationFn, validateFn }) => setValidationFn(swapRootFieldRule(validateFn)),
    onSubscribe: ({ args, setSubscribeFn }) => {
      const { subscribe } = args.contextValue as unknown as ServerContext
      if (subscribe) setSubscribeFn(subscribe as unknown as Parameters<typeof setSubscribeFn>[0])
    },
    onResultProcess: ({ result, resultProcessor, setResultProcessor }) => {
      if (isAsyncIterable(result) && resultProcessor)
        setResultProcessor(
          (_result, { Response }) => new Response(null, { headers: STREAM_HEADERS }),
          'text/event-stream',
        )
    },
  }
}

type Judged = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues' | 'contextValue'>

/** Costs are judged and taken before anything runs; hot queries then run compiled. */
function useOperations(): Plugin<object, object, RequestContext> {
  /** Answers the meter that was charged; nothing is awaited for those who have none. */
  const judge = (args: Judged): Meter | undefined | Promise<Meter> => {
    const { meter } = args.contextValue as RequestContext
    const cost = judgeOperation(args)
    return meter?.charge(cost).then(() => meter)
  }
  /** Gives wrong variables, which are found only by execution, their code, and adds `extensions.cost` to an answer. */
  const finish = ({ document, operationName, contextValue }: Judged, meter: Meter | undefined) => ({
    onExecuteDone: ({ result, setResult }: { result: unknown; setResult: (result: ExecutionResult) => void }) => {
      const answer = withCodes(result as ExecutionResult, (contextValue as RequestContext).actor)
      const kind = getOperationAST(document, operationName)?.operation
      const cost = meter?.settle(answer.data, kind === 'mutation' ? 'mutation' : 'query')
      if (cost) setResult({ ...answer, extensions: { ...answer.extensions, cost } })
      else if (answer !== result) setResult(answer)
    },
  })
  return {
    onParse: ({ context }) => {
      const { request, params } = context as Partial<YogaInitialContext>
      if (request?.method !== 'GET') return undefined
      return ({ result }: { result: DocumentNode | Error | null }) => {
        if (!result || result instanceof Error) return
        if (getOperationAST(result, params?.operationName)?.operation === 'mutation')
          throw protocolRefusal('METHOD_NOT_ALLOWED', 'A mutation is sent by POST.', null, {
            headers: { allow: 'POST' },
          })
      }
    },
    onExecute: ({ args, executeFn, setExecuteFn }) => {
      const judged = judge(args)
      setExecuteFn(compiledExecute(executeFn as (args: ExecutionArgs) => unknown) as typeof executeFn)
      return judged instanceof Promise ? judged.then((meter) => finish(args, meter)) : finish(args, undefined)
    },
    onSubscribe: async ({ args }) => {
      const { streams } = args.contextValue as RequestContext & Partial<ServerContext>
      if (streams === false)
        throw protocolRefusal(
          'NOT_ACCEPTABLE',
          'A subscription is answered as text/event-stream, which you do not accept.',
        )
      await judge(args)
    },
  }
}
