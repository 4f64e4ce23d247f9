import { getOperationName, makeOperation, mapExchange, type Client, type Exchange, type Operation } from '@urql/core'

/** Knows the queries on screen, so that they can be asked again when what they show may be old. */
export type ActiveQueries = {
  exchange: Exchange
  /** Asks the server again for the queries on screen (all of them, or those whose operation name passes). */
  refetch: (wanted?: (name: string) => boolean) => void
}

/** Put `exchange` first in the client's list. Data on screen stays until the answers arrive. */
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

  const refetch: ActiveQueries['refetch'] = (wanted = () => true) => {
    for (const operation of active.values()) {
      if (!wanted(getOperationName(operation.query) ?? '')) continue
      client?.reexecuteOperation(
        makeOperation('query', operation, { ...operation.context, requestPolicy: 'network-only' }),
      )
    }
  }

  return { exchange, refetch }
}
