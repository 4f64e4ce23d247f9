import type { Config } from '../../../config.ts'
import { ValidationError } from '../../../errors.ts'
import type { PaymentMethod } from '../../../generated/prisma/enums.ts'
import { METHOD_LABELS } from '../domain.ts'
import { bankTransfer } from './bank-transfer.ts'
import { cash } from './cash.ts'
import type { HostedProvider, PaymentProvider } from './provider.ts'
import { sandbox } from './sandbox.ts'

type Settings = Pick<Config, 'paymentSandbox'>

/** The providers of this installation, at most one for each payment method. */
const providersOf = ({ paymentSandbox }: Settings): readonly PaymentProvider[] => [
  cash,
  bankTransfer,
  ...(paymentSandbox ? [sandbox] : []),
]

/** The provider of this payment method, or undefined when the installation has none. */
export const providerFor = (settings: Settings, method: PaymentMethod): PaymentProvider | undefined =>
  providersOf(settings).find((provider) => provider.method === method)

/** The hosted provider of this name, or undefined when the installation has none. */
export const hostedProvider = (settings: Settings, name: string): HostedProvider | undefined =>
  providersOf(settings).find(
    (provider): provider is HostedProvider => provider.kind === 'HOSTED' && provider.name === name,
  )

/** The payment methods a merchant accepts, without ONLINE where there is no provider and BANK_TRANSFER without bank details. */
export function offeredMethods(
  settings: Settings,
  { paymentMethods, bankDetails }: { paymentMethods: readonly PaymentMethod[]; bankDetails: string | null },
): PaymentMethod[] {
  const possible = paymentMethods.filter(
    (method) => providerFor(settings, method) && (method !== 'BANK_TRANSFER' || bankDetails),
  )
  return possible.length > 0 ? possible : ['CASH_ON_DELIVERY']
}

/** @throws ValidationError at `path` when the merchant does not accept the method. */
export function assertOffered(
  settings: Settings,
  merchant: { paymentMethods: readonly PaymentMethod[]; bankDetails: string | null },
  { method, path }: { method: PaymentMethod; path: string },
): void {
  const offered = offeredMethods(settings, merchant)
  if (offered.includes(method)) return
  throw new ValidationError([
    {
      path,
      message: `This shop accepts ${new Intl.ListFormat('en').format(offered.map((one) => METHOD_LABELS[one]))}.`,
    },
  ])
}
