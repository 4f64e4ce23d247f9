import { uuidv7 } from 'uuidv7'
import * as z from 'zod'
import type { Authorized } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { parseInput } from '../../errors.ts'
import { once } from '../../unit-of-work/idempotency.ts'
import { withTenant, type UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { assertMayActFor } from '../customers/service.ts'
import { decideLines, type FoundVariant, type RefusedLine, type TakenLine } from './lines.ts'
import { NAMED_VARIANTS, namedLine, namesOf, VARIANT_COLUMNS, type NamedLine } from './named-lines.ts'
import { readCart, type CartRow } from './queries.ts'
import { lockCart, touching } from './service.ts'

/** The most lines of a request. More than a cart holds, so that the rest is refused line by line. */
export const MAX_REQUESTED_LINES = 100

const quantity = z.number().int().min(1, 'must be at least 1').max(1_000_000, 'must be at most 1000000')
const wantedCart = z.object({
  customerId: z.string(),
  lines: z
    .array(namedLine(quantity))
    .min(1, 'must have at least one line')
    .max(MAX_REQUESTED_LINES, `must have at most ${MAX_REQUESTED_LINES} lines`),
})
export type WantedCart = z.input<typeof wantedCart> & { idempotencyKey?: string | null | undefined }

/** A cart after its lines were set, and the lines that it did not take. */
export type FilledCart = { cart: CartRow; refused: RefusedLine[] }

/**
 * Replaces the lines of the customer's cart, in the order given. A line that cannot be taken is refused on its own; when all
 * are, the cart stays as it was. A repeat with the same key returns the first refusals and the cart of now.
 *
 * A cart that a customer sends from WhatsApp replaces the lines too: it is the customer's whole list, and a correction is a
 * list sent once more.
 *
 * @throws NotFoundError for an unknown customer, ValidationError.
 */
export async function setCartLines(
  app: AppContext,
  actor: Authorized<'carts:write'>,
  { idempotencyKey: key, ...input }: WantedCart,
): Promise<FilledCart> {
  const { customerId, lines } = parseInput(wantedCart, input)
  assertMayActFor(actor, customerId)
  const setLines = (unit: UnitOfWork) =>
    once(unit, { key, operation: 'setCartLines', input }, async () => {
      const [, found] = await Promise.all([lockCart(unit, customerId), findVariants(unit, lines)])
      const { taken, refused } = decideLines(lines, found)
      if (taken.length > 0) replaceLines(unit, customerId, taken)
      return refused
    })
  return withTenant(app, actor, setLines, async (unit, refused) => ({
    cart: await readCart(unit, customerId),
    refused,
  }))
}

const FIND_VARIANTS = `SELECT ${VARIANT_COLUMNS}, line.position FROM ${NAMED_VARIANTS}`

/** The variants that the lines name, on sale or not. */
const findVariants = ({ tx, merchantId }: UnitOfWork, lines: readonly NamedLine[]): Promise<FoundVariant[]> =>
  tx.$queryRawUnsafe<FoundVariant[]>(FIND_VARIANTS, namesOf(lines), merchantId)

/** Deletes all lines first, so that a reader with an older snapshot finds all of the old cart or nothing of it. */
function replaceLines({ write, merchantId }: UnitOfWork, cartId: string, lines: readonly TakenLine[]): void {
  const rows = JSON.stringify(lines.map((line) => ({ ...line, id: uuidv7() })))
  write`${touching(cartId)} DELETE FROM cart_line WHERE cart_id = ${cartId}::uuid`
  write`
    INSERT INTO cart_line (id, merchant_id, cart_id, variant_id, quantity)
    SELECT line.id, ${merchantId}::uuid, ${cartId}::uuid, line."variantId", line.quantity
    FROM jsonb_to_recordset(${rows}::jsonb) AS line (id uuid, "variantId" uuid, quantity int)`
}
