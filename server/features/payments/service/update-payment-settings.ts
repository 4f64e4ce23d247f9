import { z } from 'zod'
import type { Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { withTenant } from '../../../unit-of-work/unit-of-work.ts'
import { parseInput, ValidationError } from '../../../errors.ts'
import { PaymentMethod } from '../../../generated/prisma/enums.ts'
import { forgetShop, loadShop, savePaymentSettings, type Shop } from '../../merchants/service.ts'
import { providerFor } from '../providers/registry.ts'

const request = z.object({
  methods: z.array(z.enum(PaymentMethod)).min(1, 'must name at least one way to pay').max(10),
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
 * Says how customers may pay from now on; the usual way first. What is left out stays as it is; empty bank details remove
 * them. Orders already placed keep their way to pay.
 *
 * @throws ValidationError for a transfer without an account, and for paying online where no provider is available.
 */
export async function updatePaymentSettings(
  app: AppContext,
  actor: Authorized<'shop:write'>,
  input: PaymentSettings,
): Promise<Shop> {
  const { methods, bankDetails, paymentDueMinutes } = parseInput(request, input)
  const paymentMethods = [...new Set(methods)]
  await withTenant(app, actor, async ({ tx, merchantId, audit }) => {
    const shop = await tx.merchant.findUniqueOrThrow({ where: { id: merchantId }, select: { bankDetails: true } })
    const details = bankDetails === undefined || bankDetails === null ? shop.bankDetails : bankDetails || null
    assertPossible(app, paymentMethods, details)
    await savePaymentSettings(tx, merchantId, {
      paymentMethods,
      bankDetails: details,
      ...(paymentDueMinutes ? { paymentDueMinutes } : {}),
    })
    audit({ action: 'shop.payment_settings', subjectId: merchantId, detail: { paymentMethods, paymentDueMinutes } })
  })
  forgetShop(app, actor.merchantId)
  return loadShop(app, actor.merchantId)
}

function assertPossible({ config }: AppContext, methods: readonly PaymentMethod[], bankDetails: string | null): void {
  const issues: { path: string; message: string }[] = []
  for (const method of methods)
    if (!providerFor(config, method))
      issues.push({ path: 'input.methods', message: `${method} is not available here: no payment provider is set up` })
  if (methods.includes('BANK_TRANSFER') && !bankDetails)
    issues.push({ path: 'input.bankDetails', message: 'are needed for BANK_TRANSFER: say where customers transfer to' })
  if (issues.length > 0) throw new ValidationError(issues)
}
