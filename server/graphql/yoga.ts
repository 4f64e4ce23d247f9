import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import type { ExecutionArgs, GraphQLSchema } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { AppContext } from '../context.ts'
import { currentRequestId } from '../http/request-id.ts'
import { shownTo, useAnonymousLimits, type AnonymousContext } from './anonymous.ts'
import { compiledExecute } from './compiled.ts'
import type { RequestContext } from './context.ts'
import { createErrorMask } from './errors.ts'
import { assertAffordable, documentLimits } from './limits.ts'
import { PLAYGROUND_TABS } from './playground.ts'

/** What the HTTP and WebSocket edges hand to yoga with every operation. */
export type ServerContext = AnonymousContext & { requestContext: () => Promise<RequestContext> }

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
    graphiql: {
      title: 'Storeline playground',
      subscriptionsProtocol: 'SSE',
      defaultTabs: PLAYGROUND_TABS,
      credentials: 'same-origin',
      isHeadersEditorEnabled: true,
      defaultEditorToolsVisibility: 'headers',
      additionalHeaders: { 'x-graphql-yoga-csrf': '1' },
    },
    renderGraphiQL,
    context: ({ requestContext }) => requestContext(),
    plugins: [
      useCSRFPrevention({ requestHeaders: ['x-graphql-yoga-csrf'] }),
      ...documentLimits(),
      useAnonymousLimits(),
      useOperations(),
    ],
  })
}

type Judged = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues' | 'contextValue'>

/** Costs are judged before anything runs; hot queries then run compiled. */
function useOperations(): Plugin<object, object, RequestContext> {
  const judge = (args: Judged) => {
    try {
      assertAffordable(args)
    } catch (error) {
      throw shownTo((args.contextValue as RequestContext).actor, error)
    }
  }
  return {
    onExecute: ({ args, executeFn, setExecuteFn }) => {
      judge(args)
      setExecuteFn(compiledExecute(executeFn as (args: ExecutionArgs) => unknown) as typeof executeFn)
    },
    onSubscribe: ({ args }) => judge(args),
  }
}
