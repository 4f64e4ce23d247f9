import { createContext, useContext, useSyncExternalStore } from 'react'
import { createDateFormat, type DateFormat } from '../format/dates.ts'
import type { ViewerPartsFragment } from '../generated/operations.ts'
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

export const ViewerContext = createContext<ViewerPartsFragment | null>(null)

/** The signed-in member and their shop. */
export function useViewer(): ViewerPartsFragment {
  const viewer = useContext(ViewerContext)
  if (!viewer) throw new Error('Render this inside <SessionGate>')
  return viewer
}

/** Whether the member may change anything at all. The server decides each case; this only spares people dead buttons. */
export function useCanAct(): boolean {
  return useViewer().role !== 'VIEWER'
}

/** Answers whether the member may do what `permission` names, e.g. "templates:write". The server decides; this hides what it would refuse. */
export function useCan(): (permission: string) => boolean {
  const { permissions } = useViewer()
  return (permission) => permissions.includes(permission)
}

const formats = new Map<string, DateFormat>()

/** Dates as the shop writes them. */
export function useDates(): DateFormat {
  const { locale, timeZone } = useViewer().merchant
  const key = `${locale} ${timeZone}`
  const format = formats.get(key) ?? createDateFormat(locale, timeZone)
  formats.set(key, format)
  return format
}
