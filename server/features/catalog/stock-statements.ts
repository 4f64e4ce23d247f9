import { raw, sql, type Sql } from '../../db/sql.ts'

/**
 * SQL that reserves stock for the rows ("variantId", quantity) of the CTE `lines`, as a part of the caller's statement. The
 * caller has locked the variants.
 */
export const reserveStock = (lines: string): Sql => sql`
  UPDATE variant v SET reserved = v.reserved + line.quantity FROM ${raw(lines)} line WHERE v.id = line."variantId"`

/**
 * SQL that ends the reservations (variant_id, quantity) of the CTE `reservations`, as a part of the caller's statement:
 * consumed stock leaves the shop, released stock can be sold again. The caller has locked the variants.
 */
export const endReservations = (reservations: string, { consumed }: { consumed: boolean }): Sql => sql`
  UPDATE variant v SET reserved = v.reserved - ended.quantity, on_hand = v.on_hand - CASE WHEN ${consumed} THEN ended.quantity ELSE 0 END
  FROM ${raw(reservations)} ended WHERE v.id = ended.variant_id`
