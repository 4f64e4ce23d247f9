import { systemActor } from '../server/auth/actor.ts'
import { randomSecret } from '../server/auth/secrets.ts'
import type { AppContext } from '../server/context.ts'
import { queryMerchant } from '../server/db/merchant-query.ts'
import { withTenant } from '../server/unit-of-work/unit-of-work.ts'
import { createProduct } from '../server/features/catalog/service.ts'
import { loadSharp } from '../server/features/media/images/sharp.ts'
import { createMerchant } from '../server/features/merchants/service.ts'
import { addStaff } from '../server/features/staff/service.ts'
import type { PaymentMethod, StaffRole } from '../server/generated/prisma/enums.ts'
import { DEMO_SHOPS, type DemoProduct, type DemoShopPlan } from './seed/shops.ts'
import { seedTemplates } from './seed/templates.ts'
import { lookUpMerchantOfNumber } from '../server/features/merchants/lookups.ts'
import { lookUpMemberships } from '../server/features/staff/lookups.ts'

/** A demo shop with its sign-ins and keys. The password is the one of the first seed. */
export type DemoShop = {
  merchantId: string
  name: string
  slug: string
  phoneNumberId: string
  displayPhone: string
  staff: { name: string; email: string; role: StaffRole }[]
}

/**
 * Creates the two demo shops with staff, catalog and images. Existing data stays unchanged, so the seed can run at every
 * start, and continues after an interrupted run. `password` is the password of newly created staff.
 */
export async function seedDemo(app: AppContext, { password }: { password: string }): Promise<DemoShop[]> {
  const shops: DemoShop[] = []
  for (const plan of DEMO_SHOPS) shops.push(await seedShop(app, plan, password))
  return shops
}

async function seedShop(
  app: AppContext,
  { staff, products, bankDetails, ...merchant }: DemoShopPlan,
  password: string,
): Promise<DemoShop> {
  const { name, slug, whatsapp } = merchant
  const merchantId =
    (await lookUpMerchantOfNumber(app, whatsapp.phoneNumberId)) ?? (await createMerchant(app, merchant))
  const members = staff.map((one) => ({ name: one.name, role: one.role, email: `${one.mailbox}@${slug}.example` }))
  for (const member of members) {
    const known = (await lookUpMemberships(app, member.email)).some((one) => one.merchantId === merchantId)
    if (!known) await addStaff(app, merchantId, { ...member, password })
  }
  await seedPayments(app, merchantId, bankDetails)
  await seedCatalogue(app, merchantId, products)
  await seedTemplates(app, merchantId, merchant.locale)
  const { phoneNumberId, displayPhone } = whatsapp
  return { merchantId, name, slug, phoneNumberId, displayPhone, staff: members }
}

/** Enables every payment method, unless staff have chosen before. */
async function seedPayments(app: AppContext, merchantId: string, bankDetails: string): Promise<void> {
  await withTenant(app, systemActor(merchantId), async ({ tx, audit }) => {
    const action = 'shop.payment_settings'
    if ((await tx.auditEntry.count({ where: { action } })) > 0) return
    const paymentMethods = ['CASH_ON_DELIVERY', 'ONLINE', 'BANK_TRANSFER'] satisfies PaymentMethod[]
    await tx.merchant.update({ where: { id: merchantId }, data: { paymentMethods, bankDetails } })
    audit({ action, subjectId: merchantId, detail: { paymentMethods } })
  })
}

async function seedCatalogue(app: AppContext, merchantId: string, products: DemoProduct[]): Promise<void> {
  const skus = await queryMerchant<{ sku: string }>(app, merchantId, 'SELECT sku FROM variant')
  const known = new Set(skus.map(({ sku }) => sku))
  const missing = products
    .map((product, position) => ({ ...product, position }))
    .filter((product) => !known.has(product.variants[0]?.sku ?? ''))
  if (missing.length === 0) return
  const names = [...new Set(products.map((product) => product.category))]
  await withTenant(app, systemActor(merchantId), ({ tx }) =>
    tx.category.createMany({
      data: names.map((name, position) => ({ merchantId, name, position })),
      skipDuplicates: true,
    }),
  )
  const rows = await queryMerchant<{ id: string; name: string }>(app, merchantId, 'SELECT id, name FROM category')
  const categories = new Map(rows.map(({ id, name }) => [name, id]))
  await Promise.all(
    missing.map(async ({ name, description, category, image, variants, position }) => {
      const imageKey = `products/${randomSecret()}.jpg`
      await app.storage.put(imageKey, await renderImage(image()))
      const categoryId = categories.get(category) ?? null
      await createProduct(app, systemActor(merchantId), { name, description, categoryId, imageKey, position, variants })
    }),
  )
}

/** An 800 × 800 JPEG of at most 80 kB: small enough for a chat on a slow line, sharp enough for a dashboard. */
async function renderImage(svg: string): Promise<Buffer> {
  const sharp = await loadSharp()
  return sharp(Buffer.from(svg)).jpeg({ quality: 84, mozjpeg: true }).toBuffer()
}
