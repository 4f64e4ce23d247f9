import { randomInt, randomUUID } from 'node:crypto'
import { systemActor, type Authorized, type StaffActor } from '../../server/auth/actor.ts'
import { KEY_SCOPES, permissionsOfRole, type Permission, type PERMISSIONS } from '../../server/auth/permissions.ts'
import type { AppContext } from '../../server/context.ts'
import { createApiKey } from '../../server/features/api-keys/service.ts'
import { createProduct } from '../../server/features/catalog/service.ts'
import { createMerchant, type NewMerchant } from '../../server/features/merchants/service.ts'
import { addStaff } from '../../server/features/staff/service.ts'
import type { StaffRole } from '../../server/generated/prisma/enums.ts'
import { tenantDb } from './tenant-db.ts'

type PermissionOf<R extends StaffRole> = {
  [P in Permission]: R extends (typeof PERMISSIONS)[P]['roles'][number] ? P : never
}[Permission]
/** A member of staff who was asked for each permission of the role. */
export type TestStaff<R extends StaffRole> = StaffActor & Authorized<PermissionOf<R>>

export type TestShop = {
  merchantId: string
  phoneNumberId: string
  /** Headers of a key with every scope. */
  key: { authorization: string }
  owner: TestStaff<'OWNER'>
  email: string
  password: string
}

const digits = (length: number): string => Array.from({ length }, () => randomInt(1, 10)).join('')

/** A shop with an owner and a key. */
export async function createTestShop(app: AppContext, overrides: Partial<NewMerchant> = {}): Promise<TestShop> {
  const tag = randomUUID().slice(0, 8)
  const phoneNumberId = digits(15)
  const merchantId = await createMerchant(app, {
    name: `Shop ${tag}`,
    slug: `shop-${tag}`,
    currency: 'USD',
    locale: 'en-US',
    timeZone: 'America/New_York',
    deliveryFee: 300,
    pickupAddress: '1 Test Street',
    whatsapp: { phoneNumberId, wabaId: digits(15), displayPhone: `+1555${digits(7)}` },
    ...overrides,
  })
  const email = `owner@${tag}.example`
  const password = `owner ${tag} password`
  const owner = await createStaff(app, merchantId, { email, password, role: 'OWNER' })
  const { secret } = await createApiKey(app, systemActor(merchantId), { name: 'Test key', scopes: KEY_SCOPES })
  return { merchantId, phoneNumberId, key: { authorization: `Bearer ${secret}` }, owner, email, password }
}

/** A member of staff, as the actor their session would make. */
export async function createStaff<R extends StaffRole>(
  app: AppContext,
  merchantId: string,
  {
    email = `${randomUUID()}@shop.example`,
    password = 'a password for tests',
    role,
  }: { email?: string; password?: string; role: R },
): Promise<TestStaff<R>> {
  const staffId = await addStaff(app, merchantId, { email, name: `Test ${role.toLowerCase()}`, password, role })
  const actor: StaffActor = {
    kind: 'STAFF',
    merchantId,
    staffId,
    sessionId: randomUUID(),
    name: `Test ${role.toLowerCase()}`,
    role,
    permissions: permissionsOfRole(role),
  }
  return actor as TestStaff<R>
}

/** A product with one variant of `onHand` pieces at `price` minor units. */
export async function createTestProduct(
  app: AppContext,
  actor: Authorized<'catalog:write'>,
  { name = 'Coffee', price = 1_000, onHand = 100 } = {},
): Promise<{ productId: string; variantId: string; sku: string }> {
  const sku = randomUUID().slice(0, 12)
  const product = await createProduct(app, actor, { name, variants: [{ sku, price, onHand }] })
  const variant = await tenantDb(app.database, actor.merchantId).variant.findFirstOrThrow({
    where: { productId: product.id },
    select: { id: true },
  })
  return { productId: product.id, variantId: variant.id, sku }
}
