import type { OfflineProvider } from './provider.ts'

/** Money on the shop's account. The customer sends a picture of the transfer; staff compare it with the account. */
export const bankTransfer: OfflineProvider = { kind: 'OFFLINE', name: 'bank_transfer', method: 'BANK_TRANSFER' }
