import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Connection } from '../graphql/connection.ts'
import { createStore, type Store } from '../graphql/store.ts'

/** Holds the current connection; `renew` discards it with its cache and opens a new one. */
export type ConnectionHolder = { store: Store<Connection>; renew: () => void }

export function createConnectionHolder(connect: (onSignedOut: () => void) => Connection): ConnectionHolder {
  const open = (): Connection => {
    const connection = connect(() => {
      // Several operations may be refused at once; only the first one of the current connection counts.
      if (store.get() === connection) renew()
    })
    return connection
  }
  const store = createStore<Connection>(open())
  const renew = () => {
    const old = store.get()
    store.set(open())
    void old.dispose()
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

/** Discards the previous person's cache, socket and cursor. The server manages the cookie. */
export function useRenewConnection(): () => void {
  return useHolder().renew
}
