import * as z from 'zod'
import { ValidationError } from '../../../errors.ts'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { MAX_LINES, MAX_QUANTITY } from '../../carts/lines.ts'
import { NAMED_VARIANTS, namedLine, namesOf, VARIANT_COLUMNS } from '../../carts/named-lines.ts'
import { noCustomer } from '../../customers/service.ts'
import { EmptyCartError, type WantedLine } from '../pricing.ts'

const orderLine = namedLine(
  z.number().int().min(1, 'must be at least 1').max(MAX_QUANTITY, `must be at most ${MAX_QUANTITY}`),
)

/** The lines of an order that is placed without a cart. */
export const orderLines = z
  .array(orderLine)
  .min(1, 'must have at least one line')
  .max(MAX_LINES, `must have at most ${MAX_LINES} lines`)
type OrderLine = z.output<typeof orderLine>

const COLUMNS = `${VARIANT_COLUMNS}, v.price::float8 AS price`

/**
 * Locks the customer's cart and, in id order, the variants of its lines, and reads them under the locks. The cart is locked by a
 * statement of its own, so that the next one sees the lines of whoever held the lock before. Another statement reserves the stock:
 * one that did both would decide by rows read before it waited.
 *
 * @throws NotFoundError for an unknown customer, EmptyCartError.
 */
export async function lockCartLines({ tx }: UnitOfWork, customerId: string): Promise<WantedLine[]> {
  const [, lines] = await Promise.all([
    tx.$executeRaw`SELECT id FROM cart WHERE customer_id = ${customerId}::uuid FOR UPDATE`,
    tx.$queryRawUnsafe<WantedLine[]>(LOCK_CART_LINES, customerId),
  ])
  if (lines.length > 0) return lines
  throw (await isCustomer(tx, customerId)) ? new EmptyCartError() : noCustomer()
}

const LOCK_CART_LINES = `SELECT ${COLUMNS}, l.quantity
  FROM cart c JOIN cart_line l ON l.cart_id = c.id JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id
  WHERE c.customer_id = $1::uuid ORDER BY v.id FOR NO KEY UPDATE OF v`

/**
 * Locks the variants of the lines in id order, and reads them under the locks.
 *
 * @throws NotFoundError for an unknown customer, ValidationError for variants that are not on sale or appear twice.
 */
export async function lockVariants(
  { tx, merchantId }: UnitOfWork,
  customerId: string,
  lines: readonly OrderLine[],
): Promise<WantedLine[]> {
  const [found, isKnown] = await Promise.all([
    tx.$queryRawUnsafe<(WantedLine & { position: number })[]>(LOCK_VARIANTS, namesOf(lines), merchantId),
    isCustomer(tx, customerId),
  ])
  if (!isKnown) throw noCustomer()
  const issues = lines.flatMap((_line, position) => {
    const row = found.find((one) => one.position === position)
    const path = `input.lines.${position}`
    if (!row || row.archived) return [{ path, message: 'No variant with this id or SKU is on sale in your shop.' }]
    const isTwice = found.some((one) => one.variantId === row.variantId && one.position < position)
    return isTwice ? [{ path, message: 'is the same variant as an earlier line. Add their quantities.' }] : []
  })
  if (issues.length > 0) throw new ValidationError(issues)
  return found.toSorted((a, b) => a.position - b.position)
}

const LOCK_VARIANTS = `SELECT ${COLUMNS}, line.quantity, line.position
  FROM ${NAMED_VARIANTS} ORDER BY v.id FOR NO KEY UPDATE OF v`

async function isCustomer(tx: UnitOfWork['tx'], customerId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT id FROM customer WHERE id = ${customerId}::uuid`
  return rows.length > 0
}
