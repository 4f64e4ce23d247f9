import { uuidv7 } from 'uuidv7'
import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { deliveryCompleted, deliveryStarted } from './events.ts'

/** A step of a delivery, which follows a transition of its order. */
export type DeliveryStep = 'PLAN' | 'START' | 'COMPLETE' | 'FAIL' | 'CANCEL'

type Order = { id: string; address: string | null }

/**
 * Updates the delivery of an order in the transaction that changes the order. The caller has locked the order's row, so
 * the delivery needs no lock of its own.
 */
export async function moveDelivery(unit: UnitOfWork, order: Order, step: DeliveryStep): Promise<void> {
  switch (step) {
    case 'PLAN':
      return planDelivery(unit, order)
    case 'START':
      return startDelivery(unit, order)
    case 'COMPLETE':
      return completeDelivery(unit, order)
    case 'FAIL':
      return setStatus(unit, order, 'ATTEMPT_FAILED')
    case 'CANCEL':
      return setStatus(unit, order, 'CANCELLED')
  }
}

function planDelivery({ write, merchantId }: UnitOfWork, { id, address }: Order): void {
  write`
    INSERT INTO delivery (id, merchant_id, order_id, address)
    VALUES (${uuidv7()}::uuid, ${merchantId}::uuid, ${id}::uuid, ${address ?? ''}) ON CONFLICT (order_id) DO NOTHING`
}

async function startDelivery(unit: UnitOfWork, { id, address }: Order): Promise<void> {
  const { tx, merchantId } = unit
  const rows = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO delivery (id, merchant_id, order_id, address, status, dispatched_at)
    VALUES (${uuidv7()}::uuid, ${merchantId}::uuid, ${id}::uuid, ${address ?? ''}, 'IN_TRANSIT', now())
    ON CONFLICT (order_id) DO UPDATE SET status = 'IN_TRANSIT', dispatched_at = now() RETURNING id`
  for (const row of rows) unit.emit(deliveryStarted.draft(id, { orderId: id, deliveryId: row.id }))
}

async function completeDelivery(unit: UnitOfWork, { id }: Order): Promise<void> {
  const rows = await unit.tx.$queryRaw<{ id: string }[]>`
    UPDATE delivery SET status = 'DELIVERED', delivered_at = now() WHERE order_id = ${id}::uuid RETURNING id`
  for (const row of rows) unit.emit(deliveryCompleted.draft(id, { orderId: id, deliveryId: row.id }))
}

function setStatus({ write }: UnitOfWork, { id }: Order, status: 'ATTEMPT_FAILED' | 'CANCELLED'): void {
  write`UPDATE delivery SET status = ${status}::delivery_status WHERE order_id = ${id}::uuid`
}
