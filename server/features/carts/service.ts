import { uuidv7 } from 'uuidv7'
import * as z from 'zod'
import type { Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { isUuid } from '../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { NotFoundError, parseInput, ValidationError } from '../../errors.ts'
import { sql, type Sql } from '../../db/sql.ts'
import { availableOf, OutOfStockError, type Stock } from '../catalog/stock.ts'
import { assertMayActFor, noCustomer } from '../customers/service.ts'
import { MAX_LINES, MAX_QUANTITY } from './lines.ts'
import { readCart, type CartRow } from './queries.ts'

const line = z.object({
  customerId: z.string(),
  variantId: z.string(),
  quantity: z.number().int().min(0, 'must not be negative').max(MAX_QUANTITY, `must be at most ${MAX_QUANTITY}`),
})
export type CartChange = z.input<typeof line> & { idempotencyKey?: string | null | undefined }

/**
 * Sets the quantity of a variant in the customer's cart; 0 removes the line.
 *
 * @throws NotFoundError, ValidationError, or OutOfStockError when fewer pieces are available.
 */
export async function setCartLine(
  app: AppContext,
  actor: Authorized<'carts:write'>,
  { idempotencyKey: key, ...input }: CartChange,
): Promise<CartRow> {
  const { customerId, variantId, quantity } = parseInput(line, input)
  assertMayActFor(actor, customerId)
  if (!isUuid(variantId)) throw noVariant()
  const setLine = (unit: UnitOfWork) =>
    once(unit, { key, operation: 'setCartLine', input }, async () => {
      if (quantity === 0) {
        await lockCart(unit, customerId)
        unit.write`${touching(customerId)} DELETE FROM cart_line WHERE cart_id = ${customerId}::uuid AND variant_id = ${variantId}::uuid`
        return
      }
      await Promise.all([lockCart(unit, customerId), assertAvailable(unit, variantId, quantity)])
      const written = await unit.tx.$executeRaw`
        ${touching(customerId)}
        INSERT INTO cart_line (id, merchant_id, cart_id, variant_id, quantity)
        SELECT ${uuidv7()}::uuid, ${unit.merchantId}::uuid, ${customerId}::uuid, ${variantId}::uuid, ${quantity}::int
        WHERE (SELECT count(*) FROM cart_line WHERE cart_id = ${customerId}::uuid AND variant_id <> ${variantId}::uuid) < ${MAX_LINES}
        ON CONFLICT (cart_id, variant_id) DO UPDATE SET quantity = excluded.quantity`
      if (written === 0)
        throw new ValidationError([
          { path: 'input.variantId', message: `a cart holds at most ${MAX_LINES} different items` },
        ])
    })
  return withTenant(app, actor, setLine, (unit) => readCart(unit, customerId))
}

export type CartRef = { customerId: string; idempotencyKey?: string | null | undefined }

/** Empties the customer's cart. @throws NotFoundError. */
export async function clearCart(
  app: AppContext,
  actor: Authorized<'carts:write'>,
  { idempotencyKey: key, customerId }: CartRef,
): Promise<CartRow> {
  assertMayActFor(actor, customerId)
  const clear = (unit: UnitOfWork) =>
    once(unit, { key, operation: 'clearCart', input: { customerId } }, async () => {
      await lockCart(unit, customerId)
      unit.write`${touching(customerId)} DELETE FROM cart_line WHERE cart_id = ${customerId}::uuid`
    })
  return withTenant(app, actor, clear, (unit) => readCart(unit, customerId))
}

/** SQL that empties the customer's cart, as a part of the statement that places the order. The caller has locked the cart. */
export const deleteCartLines = (customerId: string): Sql => sql`
  DELETE FROM cart_line l USING cart c WHERE c.id = l.cart_id AND c.customer_id = ${customerId}::uuid`

/** The beginning of a statement that changes lines: it stores when the cart was changed. A cart has the id of its customer. */
export const touching = (cartId: string): Sql =>
  sql`WITH touched_cart AS (UPDATE cart SET updated_at = now() WHERE id = ${cartId}::uuid)`

/**
 * Creates the cart when there is none, and locks it until commit. `ON CONFLICT DO UPDATE` in one statement would name one of the
 * two unique keys, and fail on the other when two make the cart at once.
 *
 * @throws NotFoundError for an unknown customer.
 */
export async function lockCart({ tx, write, merchantId }: UnitOfWork, customerId: string): Promise<void> {
  write`
    INSERT INTO cart (id, merchant_id, customer_id, updated_at)
    SELECT id, ${merchantId}::uuid, id, now() FROM customer WHERE id = ${customerId}::uuid ON CONFLICT DO NOTHING`
  const locked = await tx.$queryRaw<unknown[]>`SELECT id FROM cart WHERE customer_id = ${customerId}::uuid FOR UPDATE`
  if (locked.length === 0) throw noCustomer()
}

async function assertAvailable({ tx }: UnitOfWork, variantId: string, requested: number): Promise<void> {
  const rows = await tx.$queryRaw<(Stock & { productName: string })[]>`
    SELECT v.on_hand AS "onHand", v.reserved, p.name AS "productName", (v.archived_at IS NOT NULL OR p.archived_at IS NOT NULL) AS archived
    FROM variant v JOIN product p ON p.id = v.product_id WHERE v.id = ${variantId}::uuid`
  const variant = rows[0]
  if (!variant || variant.archived) throw noVariant()
  const available = availableOf(variant)
  if (requested > available)
    throw new OutOfStockError([{ variantId, productName: variant.productName, requested, available }])
}

const noVariant = () => new NotFoundError('No variant with this id is on sale in your shop.')
