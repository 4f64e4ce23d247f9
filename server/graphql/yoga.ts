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
import { documentLimits } from './limits.ts'
import { chargeOperation, completeAnswer, type Operation } from './operation.ts'
import { protocolRefusal } from './refusals.ts'
import type { OperationArgs } from './stream-field.ts'
import { swapRootFieldRule } from './subscription-rule.ts'

/** The context that the HTTP and WebSocket edges pass to yoga with every operation. */
export type ServerContext = AnonymousContext & {
  requestContext: () => Promise<RequestContext>
  /** The parameters of an HTTP request, parsed by the edge; absent over WebSocket. */
  parsedParams?: GraphQLParams
  /** Whether the client accepts `text/event-stream`; absent over WebSocket. */
  streams?: boolean
  /** Starts a subscription that the edge serves itself; yoga answers only with the head of the event stream. */
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
    // yoga's default reflects any origin with credentials; no other origin may call this API from a browser.
    cors: false,
    maskedErrors: { maskError },
    // The edge reads bodies and files itself, within its limits.
    batching: false,
    multipart: false,
    maxRequestBodySize: false,
    // The edge serves a playground of its own.
    graphiql: false,
    context: ({ requestContext }) => requestContext(),
    plugins: [useEdgeParser(), ...documentLimits(), useAnonymousLimits(), useOperations(), useSubscriptions()],
  })
}

/** Uses the parameters that the edge has parsed. */
function useEdgeParser(): Plugin<object, ServerContext> {
  return {
    onRequestParse: ({ serverContext, setRequestParser }) => {
      const { parsedParams } = serverContext as ServerContext
      if (parsedParams) setRequestParser(() => parsedParams)
    },
  }
}

// x-accel-buffering keeps nginx from buffering the stream.
const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  'content-encoding': 'none',
  'x-accel-buffering': 'no',
}

/** Leaves subscriptions to the edge; yoga validates the document and negotiates the media type. */
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

/** Charges the cost before anything runs, and executes frequent documents compiled. */
function useOperations(): Plugin<object, object, RequestContext> {
  const finish = (operation: Operation, meter: Meter | undefined) => ({
    onExecuteDone: ({ result, setResult }: { result: unknown; setResult: (result: ExecutionResult) => void }) => {
      const answer = completeAnswer(operation, result as ExecutionResult, meter)
      if (answer !== result) setResult(answer)
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
      const charged = chargeOperation(args)
      setExecuteFn(compiledExecute(executeFn as (args: ExecutionArgs) => unknown) as typeof executeFn)
      return charged instanceof Promise ? charged.then((meter) => finish(args, meter)) : finish(args, undefined)
    },
    onSubscribe: async ({ args }) => {
      const { streams } = args.contextValue as RequestContext & Partial<ServerContext>
      if (streams === false)
        throw protocolRefusal(
          'NOT_ACCEPTABLE',
          'A subscription is answered as text/event-stream, which you do not accept.',
        )
      await chargeOperation(args)
    },
  }
}
