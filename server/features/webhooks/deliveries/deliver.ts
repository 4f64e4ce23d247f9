import type { AppContext } from '../../../context.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'
import { lastingWork } from '../../../jobs/lasting-work.ts'
import { outgoingOf } from '../http/outgoing.ts'
import { claimDelivery, makeAttempt } from './attempt.ts'
import type { Slot } from './concurrency.ts'
import { heldDelivery } from './held.ts'

type EndpointRef = { merchantId: string; endpointId: string }
/** Attempts under way beyond which a dispatch begins none itself: jobs, which are limited in number, make the others. */
const MAX_BEGUN = 64

/**
 * Makes the next attempt of a delivery, and then those of deliveries to the same endpoint that waited for a slot
 * meanwhile. No database connection is held during the request. An interrupted attempt is repeated with the same
 * `webhook-id` once its lease has expired.
 */
export async function deliverWebhook(
  app: AppContext,
  { merchantId, endpointId, deliveryId, again }: EndpointRef & { deliveryId: string; again?: number | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { limits } = outgoingOf(app)
  // When one job was lost, others may be lost, too: without Redis no delivery has a job.
  if (again !== undefined)
    for (const id of await findOverdue(app, merchantId, endpointId)) limits.addWaiting(endpointId, id)
  const slot = limits.acquire(endpointId, deliveryId)
  if (slot) await attemptInSlot(app, { merchantId, endpointId }, { slot, first: deliveryId, signal })
}

/**
 * Returns a function that begins the first attempt of a new delivery, without a job of its own, or has it wait for a slot of
 * its endpoint; it returns false when too many attempts are under way. The attempts may outlast the job that begins them.
 */
export function beginAttempts(app: AppContext, merchantId: string, signal: AbortSignal) {
  const { limits } = outgoingOf(app)
  const lasting = app.state(lastingWork)
  return (endpointId: string, deliveryId: string): boolean => {
    if (signal.aborted || limits.allInFlight() >= MAX_BEGUN) return false
    const slot = limits.acquire(endpointId, deliveryId)
    if (slot) lasting.add(attemptInSlot(app, { merchantId, endpointId }, { slot, first: deliveryId, signal }))
    return true
  }
}

type SlotRun = { slot: Slot; first: string | null; signal: AbortSignal }

/** Attempts a delivery, then those that wait for a slot, until none waits; then releases the slot. */
async function attemptInSlot(app: AppContext, ref: EndpointRef, { slot, first, signal }: SlotRun): Promise<void> {
  const others: Promise<void>[] = []
  try {
    for (let id = first; id !== null && !signal.aborted; id = slot.takeWaiting()) {
      const claim = await claimDelivery(app, ref.merchantId, id)
      if (claim) slot.recordOutcome(await makeAttempt(app, claim, signal))
      others.push(...fillSlots(app, ref, signal))
    }
  } finally {
    slot.release()
    await Promise.all(others)
  }
}

/** Starts attempts in all further slots that the endpoint's limit allows by now, while deliveries wait. */
function fillSlots(app: AppContext, ref: EndpointRef, signal: AbortSignal): Promise<void>[] {
  const { limits } = outgoingOf(app)
  const runs: Promise<void>[] = []
  for (let slot = limits.acquireForWaiting(ref.endpointId); slot; slot = limits.acquireForWaiting(ref.endpointId)) {
    const run = attemptInSlot(app, ref, { slot, first: slot.takeWaiting(), signal })
    // These deliveries have no job of their own to fail; they stay due.
    runs.push(run.catch((error: unknown) => app.logger.debug({ err: error }, 'an attempt was interrupted')))
  }
  return runs
}

const OVERDUE = `SELECT id FROM webhook_delivery d WHERE endpoint_id = $1 AND next_attempt_at <= now()
  AND (leased_until IS NULL OR leased_until < now()) AND NOT ${heldDelivery('d')} ORDER BY next_attempt_at, sequence LIMIT 500`

async function findOverdue(app: AppContext, merchantId: string, endpointId: string): Promise<string[]> {
  return (await queryMerchant<{ id: string }>(app, merchantId, OVERDUE, [endpointId])).map(({ id }) => id)
}
