import { getOperationName, makeOperation, mapExchange, type Client, type Exchange, type Operation } from '@urql/core'

/** Tracks the queries on screen, so that they can be refetched when their data may be stale. */
export type ActiveQueries = {
  exchange: Exchange
  /** Refetches the queries on screen: all of them, or those whose operation name passes `matches`. */
  refetch: (matches?: (name: string) => boolean) => void
}

/** Put `exchange` first in the client's list. A refetch keeps the data on screen until the response arrives. */
export function createActiveQueries(): ActiveQueries {
  const active = new Map<number, Operation>()
  let client: Client | undefined

  const exchange: Exchange = (input) => {
    client = input.client
    return mapExchange({
      onOperation: (operation) => {
        if (operation.kind === 'query' && !active.has(operation.key)) active.set(operation.key, operation)
        if (operation.kind === 'teardown') active.delete(operation.key)
      },
    })(input)
  }

  const refetch: ActiveQueries['refetch'] = (matches = () => true) => {
    for (const operation of active.values()) {
      if (!matches(getOperationName(operation.query) ?? '')) continue
      client?.reexecuteOperation(
        makeOperation('query', operation, { ...operation.context, requestPolicy: 'network-only' }),
      )
    }
  }

  return { exchange, refetch }
}
