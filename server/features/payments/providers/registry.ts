import type { Config } from '../../../config.ts'
import { ValidationError } from '../../../errors.ts'
import type { PaymentMethod } from '../../../generated/prisma/enums.ts'
import { bankTransfer } from './bank-transfer.ts'
import { cash } from './cash.ts'
import type { HostedProvider, PaymentProvider } from './provider.ts'
import { sandbox } from './sandbox.ts'

type Settings = Pick<Config, 'paymentSandbox'>

/** The providers of this installation, at most one for each way to pay. */
const providersOf = ({ paymentSandbox }: Settings): readonly PaymentProvider[] => [
  cash,
  bankTransfer,
  ...(paymentSandbox ? [sandbox] : []),
]

/** Who carries out this way to pay here, or undefined when nobody does. */
export const providerFor = (settings: Settings, method: PaymentMethod): PaymentProvider | undefined =>
  providersOf(settings).find((provider) => provider.method === method)

/** The provider with a page and a webhook that goes by this name here. */
export const hostedProvider = (settings: Settings, name: string): HostedProvider | undefined =>
  providersOf(settings).find(
    (provider): provider is HostedProvider => provider.kind === 'HOSTED' && provider.name === name,
  )

/** What a shop offers, less what it cannot do here: ONLINE without a provider, transfers without an account. */
export function offeredMethods(
  settings: Settings,
  { paymentMethods, bankDetails }: { paymentMethods: readonly PaymentMethod[]; bankDetails: string | null },
): PaymentMethod[] {
  const possible = paymentMethods.filter(
    (method) => providerFor(settings, method) && (method !== 'BANK_TRANSFER' || bankDetails),
  )
  return possible.length > 0 ? possible : ['CASH_ON_DELIVERY']
}

/** @throws ValidationError at `path` when the merchant does not accept the method here. */
export function assertOffered(
  settings: Settings,
  merchant: { paymentMethods: readonly PaymentMethod[]; bankDetails: string | null },
  { method, path }: { method: PaymentMethod; path: string },
): void {
  const offered = offeredMethods(settings, merchant)
  if (offered.includes(method)) return
  throw new ValidationError([{ path, message: `this shop is paid by ${offered.join(' or ')}` }])
}
