import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Connection } from '../graphql/connection.ts'
import { createStore, type Store } from '../graphql/store.ts'

/** Holds the present connection; `renew` throws it and all it has cached away and begins a new one. */
export type ConnectionHolder = { store: Store<Connection>; renew: () => void }

export function createConnectionHolder(connect: (onSignedOut: () => void) => Connection): ConnectionHolder {
  const begin = (): Connection => {
    const connection = connect(() => {
      // Many operations may be refused at once; only the first one of the present connection counts.
      if (store.get() === connection) renew()
    })
    return connection
  }
  const store = createStore<Connection>(begin())
  const renew = () => {
    const old = store.get()
    store.set(begin())
    old.dispose()
  }
  return { store, renew }
}

export const ConnectionContext = createContext<ConnectionHolder | null>(null)

function useHolder(): ConnectionHolder {
  const holder = useContext(ConnectionContext)
  if (!holder) throw new Error('Render this inside <ConnectionContext>')
  return holder
}

export function useConnection(): Connection {
  const { store } = useHolder()
  return useSyncExternalStore(store.subscribe, store.get)
}

/** Forgets the person before: cache, socket and cursor. The cookie is the server's business. */
export function useRenewConnection(): () => void {
  return useHolder().renew
}
