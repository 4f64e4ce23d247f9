import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention'
import { getOperationAST, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { createYoga, type GraphQLParams, type Plugin } from 'graphql-yoga'
import type { AppContext } from '../context.ts'
import { currentRequestId } from '../http/request-id.ts'
import type { Meter } from '../rate-limit/meter.ts'
import { shownTo, useAnonymousLimits, type AnonymousContext } from './anonymous.ts'
import { compiledExecute } from './compiled.ts'
import type { RequestContext } from './context.ts'
import { createErrorMask } from './errors.ts'
import { assertAffordable, documentLimits } from './limits.ts'

/** What the HTTP and WebSocket edges hand to yoga with every operation. */
export type ServerContext = AnonymousContext & {
  requestContext: () => Promise<RequestContext>
  /** What a multipart request asks, its file in place. */
  upload?: GraphQLParams
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
    batching: false,
    // The edge reads files itself, within bounds.
    multipart: false,
    // The edge has a page of its own.
    graphiql: false,
    context: ({ requestContext }) => requestContext(),
    plugins: [
      useUploads(),
      useCSRFPrevention({ requestHeaders: ['x-graphql-yoga-csrf'] }),
      ...documentLimits(),
      useAnonymousLimits(),
      useOperations(),
    ],
  })
}

/** A request with a file was read and understood by the edge; here it becomes like any other. */
function useUploads(): Plugin<object, ServerContext> {
  return {
    onRequestParse: ({ serverContext, setRequestParser }) => {
      const { upload } = serverContext as ServerContext
      if (upload) setRequestParser(() => upload)
    },
  }
}

type Judged = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues' | 'contextValue'>

/** Costs are judged and taken before anything runs; hot queries then run compiled. */
function useOperations(): Plugin<object, object, RequestContext> {
  /** Answers the meter that was charged; nothing is awaited for those who have none. */
  const judge = (args: Judged): Meter | undefined | Promise<Meter> => {
    const { actor, meter } = args.contextValue as RequestContext
    try {
      const cost = assertAffordable(args)
      return meter && cost !== null ? meter.charge(cost).then(() => meter) : undefined
    } catch (error) {
      throw shownTo(actor, error)
    }
  }
  /** Adds `extensions.cost` to an answer. */
  const report = (meter: Meter, { document, operationName }: Judged) => ({
    onExecuteDone: ({ result, setResult }: { result: unknown; setResult: (result: ExecutionResult) => void }) => {
      const answer = result as ExecutionResult
      const kind = getOperationAST(document, operationName)?.operation
      const cost = meter.settle(answer.data, kind === 'mutation' ? 'mutation' : 'query')
      if (cost) setResult({ ...answer, extensions: { ...answer.extensions, cost } })
    },
  })
  return {
    onExecute: ({ args, executeFn, setExecuteFn }) => {
      const judged = judge(args)
      setExecuteFn(compiledExecute(executeFn as (args: ExecutionArgs) => unknown) as typeof executeFn)
      return judged instanceof Promise ? judged.then((meter) => report(meter, args)) : undefined
    },
    onSubscribe: async ({ args }) => void (await judge(args)),
  }
}
