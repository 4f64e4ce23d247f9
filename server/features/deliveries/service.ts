import { uuidv7 } from 'uuidv7'
import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { deliveryCompleted, deliveryStarted } from './events.ts'

/** What happens to the delivery when its order moves. */
export type DeliveryStep = 'PLAN' | 'START' | 'COMPLETE' | 'FAIL' | 'CANCEL'

type Order = { id: string; address: string | null }

/**
 * Moves the delivery of an order along, in the transaction that moves the order. The order's row is locked by then, so
 * the delivery needs no lock of its own.
 */
export async function moveDelivery(unit: UnitOfWork, order: Order, step: DeliveryStep): Promise<void> {
  switch (step) {
    case 'PLAN':
      return plan(unit, order)
    case 'START':
      return start(unit, order)
    case 'COMPLETE':
      return complete(unit, order)
    case 'FAIL':
      return mark(unit, order, 'ATTEMPT_FAILED')
    case 'CANCEL':
      return mark(unit, order, 'CANCELLED')
  }
}

async function plan({ tx, merchantId }: UnitOfWork, { id, address }: Order): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO delivery (id, merchant_id, order_id, address)
    VALUES (${uuidv7()}::uuid, ${merchantId}::uuid, ${id}::uuid, ${address ?? ''}) ON CONFLICT (order_id) DO NOTHING`
}

async function start(unit: UnitOfWork, { id, address }: Order): Promise<void> {
  const { tx, merchantId } = unit
  const rows = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO delivery (id, merchant_id, order_id, address, status, dispatched_at)
    VALUES (${uuidv7()}::uuid, ${merchantId}::uuid, ${id}::uuid, ${address ?? ''}, 'IN_TRANSIT', now())
    ON CONFLICT (order_id) DO UPDATE SET status = 'IN_TRANSIT', dispatched_at = now() RETURNING id`
  for (const row of rows) unit.emit(deliveryStarted.draft(id, { orderId: id, deliveryId: row.id }))
}

async function complete(unit: UnitOfWork, { id }: Order): Promise<void> {
  const rows = await unit.tx.$queryRaw<{ id: string }[]>`
    UPDATE delivery SET status = 'DELIVERED', delivered_at = now() WHERE order_id = ${id}::uuid RETURNING id`
  for (const row of rows) unit.emit(deliveryCompleted.draft(id, { orderId: id, deliveryId: row.id }))
}

async function mark({ tx }: UnitOfWork, { id }: Order, status: 'ATTEMPT_FAILED' | 'CANCELLED'): Promise<void> {
  await tx.$executeRaw`UPDATE delivery SET status = ${status}::delivery_status WHERE order_id = ${id}::uuid`
}
