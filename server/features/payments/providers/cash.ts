import type { OfflineProvider } from './provider.ts'

/** Money in the hand of whoever hands the order over. Captured when staff say so, or when the order is delivered. */
export const cash: OfflineProvider = { kind: 'OFFLINE', name: 'cash', method: 'CASH_ON_DELIVERY' }
