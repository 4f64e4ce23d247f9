import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { endReservations } from '../catalog/stock-statements.ts'
import type { StockStep } from './domain.ts'

/**
 * Changes the stock reservations of an order: ALLOCATE removes their expiry, CONSUME takes the quantities out of stock, RELEASE
 * makes them available again. The caller holds the lock of the order; variants are locked in id order, as everywhere, so that
 * two orders cannot deadlock.
 */
export function moveStock({ write }: UnitOfWork, orderId: string, step: StockStep): void {
  if (step === 'ALLOCATE') {
    write`
      UPDATE stock_reservation SET state = 'ALLOCATED', expires_at = NULL, updated_at = now() WHERE order_id = ${orderId}::uuid AND state = 'HELD'`
    return
  }
  const consumed = step === 'CONSUME'
  write`
    SELECT v.id FROM stock_reservation r JOIN variant v ON v.id = r.variant_id WHERE r.order_id = ${orderId}::uuid ORDER BY v.id FOR NO KEY UPDATE OF v`
  write`
    WITH ended_reservation AS (
      UPDATE stock_reservation SET state = ${consumed ? 'CONSUMED' : 'RELEASED'}::reservation_state, expires_at = NULL, updated_at = now()
      WHERE order_id = ${orderId}::uuid AND state IN ('HELD', 'ALLOCATED') RETURNING variant_id, quantity
    )
    ${endReservations('ended_reservation', { consumed })}`
}
