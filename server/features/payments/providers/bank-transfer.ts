import type { OfflineProvider } from './provider.ts'

/** Bank transfer to the merchant's account. The customer sends an image as proof; staff compare it with the account. */
export const bankTransfer: OfflineProvider = { kind: 'OFFLINE', name: 'bank_transfer', method: 'BANK_TRANSFER' }
