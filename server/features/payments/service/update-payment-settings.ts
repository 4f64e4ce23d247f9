import * as z from 'zod'
import type { Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { parseInput, ValidationError } from '../../../errors.ts'
import { PaymentMethod } from '../../../generated/prisma/enums.ts'
import { announceMerchantChange, loadMerchant, savePaymentSettings, type MerchantRow } from '../../merchants/service.ts'
import { METHOD_LABELS } from '../domain.ts'
import { providerFor } from '../providers/registry.ts'

const request = z.object({
  methods: z.array(z.enum(PaymentMethod)).min(1, 'must name at least one payment method').max(10),
  bankDetails: z.string().trim().max(1_000, 'must be at most 1000 characters').nullish(),
  paymentDueMinutes: z
    .number()
    .int()
    .min(15, 'must be at least 15 minutes')
    .max(43_200, 'must be at most 43200 minutes, which is 30 days')
    .nullish(),
})
export type PaymentSettings = z.input<typeof request>

/**
 * Sets the payment methods a merchant accepts, the default first. Fields left out keep their values; empty bank details
 * remove them. Orders already placed keep their payment method.
 *
 * @throws ValidationError for BANK_TRANSFER without bank details, and for ONLINE without a provider.
 */
export async function updatePaymentSettings(
  app: AppContext,
  actor: Authorized<'shop:write'>,
  input: PaymentSettings,
): Promise<MerchantRow> {
  const { methods, bankDetails, paymentDueMinutes } = parseInput(request, input)
  const paymentMethods = [...new Set(methods)]
  await withTenant(app, actor, async ({ tx, merchantId, audit }) => {
    const merchant = await tx.merchant.findUniqueOrThrow({ where: { id: merchantId }, select: { bankDetails: true } })
    const details = bankDetails === undefined || bankDetails === null ? merchant.bankDetails : bankDetails || null
    assertPossible(app, paymentMethods, details)
    await savePaymentSettings(tx, merchantId, {
      paymentMethods,
      bankDetails: details,
      ...(paymentDueMinutes ? { paymentDueMinutes } : {}),
    })
    audit({ action: 'shop.payment_settings', subjectId: merchantId, detail: { paymentMethods, paymentDueMinutes } })
  })
  await announceMerchantChange(app, actor.merchantId)
  return loadMerchant(app, actor.merchantId)
}

function assertPossible({ config }: AppContext, methods: readonly PaymentMethod[], bankDetails: string | null): void {
  const issues: { path: string; message: string }[] = []
  for (const method of methods)
    if (!providerFor(config, method))
      issues.push({
        path: 'input.methods',
        message: `cannot include ${METHOD_LABELS[method]}, because no payment provider is set up`,
      })
  if (methods.includes('BANK_TRANSFER') && !bankDetails)
    issues.push({
      path: 'input.bankDetails',
      message: 'are required for bank transfers: enter the account customers transfer to',
    })
  if (issues.length > 0) throw new ValidationError(issues)
}
