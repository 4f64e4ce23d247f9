import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { setWebhookEndpointCount } from '../../../events/counter.ts'
import { sql } from '../../../db/sql.ts'

/** Stores the number of enabled endpoints in the event log. Call it last: it locks the log until commit. */
export const updateEndpointCount = (unit: UnitOfWork): Promise<void> =>
  setWebhookEndpointCount(
    unit,
    sql`SELECT count(*) FROM webhook_endpoint WHERE merchant_id = ${unit.merchantId}::uuid AND status = 'ENABLED' AND deleted_at IS NULL`,
  )

/** Event types of the pending deliveries of an endpoint. */
export async function pendingTypes({ tx }: UnitOfWork, endpointId: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ type: string }[]>`
    SELECT DISTINCT event_type AS type FROM webhook_delivery WHERE endpoint_id = ${endpointId}::uuid AND next_attempt_at IS NOT NULL`
  return rows.map(({ type }) => type)
}

/** Cancels the pending deliveries of an endpoint. An attempt in flight may still succeed. */
export async function cancelDeliveries({ tx }: UnitOfWork, endpointId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE webhook_delivery SET status = 'CANCELLED', next_attempt_at = NULL, finished_at = now()
    WHERE endpoint_id = ${endpointId}::uuid AND next_attempt_at IS NOT NULL`
}

/**
 * Disables an endpoint (status FAILED) that answered 410 Gone, or whose attempts have all failed for five days, and cancels
 * its pending deliveries. With `failingSince` only if no attempt has succeeded since.
 */
export async function disableFailedEndpoint(
  unit: UnitOfWork,
  endpointId: string,
  { reason, failingSince }: { reason: string; failingSince: Date | null },
): Promise<void> {
  const changed = await unit.tx.$executeRaw`
    UPDATE webhook_endpoint SET status = 'FAILED', status_reason = ${reason}, updated_at = now()
    WHERE id = ${endpointId}::uuid AND status = 'ENABLED' AND deleted_at IS NULL
      AND (${failingSince}::timestamptz IS NULL OR failing_since = ${failingSince})`
  if (changed === 0) return
  await cancelDeliveries(unit, endpointId)
  unit.audit({ action: 'webhook_endpoint.switch_off', subjectId: endpointId, detail: { reason } })
  await updateEndpointCount(unit)
}

/** Disables the enabled endpoints whose address any of these actors (by label) entered. */
export async function disableEndpointsOf(unit: UnitOfWork, labels: readonly string[]): Promise<void> {
  const rows = await unit.tx.$queryRaw<{ id: string }[]>`
    UPDATE webhook_endpoint SET status = 'DISABLED', status_reason = NULL, updated_at = now()
    WHERE url_set_by = ANY(${labels}) AND status = 'ENABLED' AND deleted_at IS NULL RETURNING id`
  if (rows.length === 0) return
  for (const { id } of rows) {
    await cancelDeliveries(unit, id)
    unit.audit({ action: 'webhook_endpoint.update', subjectId: id, detail: { enabled: false } })
  }
  await updateEndpointCount(unit)
}
