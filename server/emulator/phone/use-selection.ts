import { useSyncExternalStore } from 'react'

/** The selected customer and the open chat, stored in the URL: `#customer/number`. */
export type Selection = { customerId: string | undefined; phoneNumberId: string | undefined }

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

export function useSelection(): Selection | undefined {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash)
  const [customerId, phoneNumberId] = hash.slice(1).split('/')
  if (!customerId) return undefined
  return { customerId, phoneNumberId: phoneNumberId || undefined }
}

export function select(customerId: string, phoneNumberId?: string): void {
  window.location.hash = phoneNumberId === undefined ? customerId : `${customerId}/${phoneNumberId}`
}
