import type { OfflineProvider } from './provider.ts'

/** Cash on delivery. Captured when staff mark it as collected, or when the order is delivered. */
export const cash: OfflineProvider = { kind: 'OFFLINE', name: 'cash', method: 'CASH_ON_DELIVERY' }
