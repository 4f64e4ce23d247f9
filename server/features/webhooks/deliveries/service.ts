import { uuidv7 } from 'uuidv7'
import type { Authorized } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { NotFoundError, ValidationError } from '../../../errors.ts'
import { decodeCursor, encodeCursor } from '../../../events/cursor.ts'
import { TEST_TYPE, testBody } from '../domain.ts'
import { deliverWebhookJob, dispatchWebhooksJob } from '../jobs.ts'
import { findDelivery, findEndpoint, type DeliveryRow, type EndpointRow } from '../queries.ts'
import { assertMaySee, permissionsToRead, permissionsToSee } from '../endpoints/rights.ts'
import { lockEndpoint, type EndpointRef } from '../endpoints/service.ts'

/** The maximum of events in one replay; `eventLog` returns older ones. */
export const MAX_REPLAYED = 10_000

type Keyed = { idempotencyKey?: string | null | undefined }

/**
 * Sends a `webhook_test` event to an endpoint.
 *
 * @throws NotFoundError, ValidationError when it is disabled, AppError FORBIDDEN when the actor lacks a permission
 *   for the events that the endpoint receives.
 */
export async function sendTestEvent(
  app: AppContext,
  actor: Authorized<'webhooks:write'>,
  { idempotencyKey: key, ...input }: EndpointRef,
): Promise<DeliveryRow> {
  const { merchantId } = actor
  const id = await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'sendTestEvent', input }, async () => {
      const { id: endpointId } = await lockEnabledEndpoint(unit, input.endpointId, 'input.endpointId')
      const deliveryId = uuidv7()
      const now = new Date()
      await unit.tx.webhookDelivery.create({
        data: { id: deliveryId, merchantId, endpointId, eventType: TEST_TYPE, body: testBody(now), nextAttemptAt: now },
      })
      unit.enqueue(deliverWebhookJob.request({ merchantId, endpointId, deliveryId, made: 0 }))
      unit.audit({ action: 'webhook_endpoint.test', subjectId: endpointId })
      return deliveryId
    }),
  )
  return existing(await findDelivery(app, merchantId, id))
}

/**
 * Delivers an event again, with the same `webhook-id` and a retry schedule of its own. A pending delivery is attempted now.
 *
 * @throws NotFoundError, ValidationError when the endpoint is disabled, AppError FORBIDDEN when the actor lacks a
 *   permission for the event or for others that the endpoint receives.
 */
export async function redeliver(
  app: AppContext,
  actor: Authorized<'webhooks:write'>,
  { idempotencyKey: key, ...input }: { deliveryId: string } & Keyed,
): Promise<DeliveryRow> {
  const { merchantId } = actor
  const { deliveryId } = input
  const known = await findDelivery(app, merchantId, deliveryId)
  if (!known) throw noDelivery()
  const job = { merchantId, endpointId: known.endpointId, deliveryId, made: known.attemptCount }
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'redeliverWebhook', input }, async () => {
      await lockEnabledEndpoint(unit, known.endpointId, 'input.deliveryId')
      await assertMaySee(unit, permissionsToRead(app.events, known.type), 'This delivery')
      await unit.tx.$executeRaw`
        UPDATE webhook_delivery SET status = 'PENDING', next_attempt_at = now(), finished_at = NULL, retry_from = attempt_count
        WHERE id = ${deliveryId}::uuid`
      unit.enqueue(deliverWebhookJob.request({ ...job, again: Date.now() }))
      unit.audit({ action: 'webhook_endpoint.redeliver', subjectId: known.endpointId, detail: { deliveryId } })
      return deliveryId
    }),
  )
  return existing(await findDelivery(app, merchantId, deliveryId))
}

/**
 * Moves an endpoint's cursor back, so that all events after it that the endpoint selects are delivered again: each with the
 * `webhook-id` it had, so that receivers can drop duplicates.
 *
 * @throws NotFoundError, AppError CURSOR_INVALID or FORBIDDEN, or ValidationError when the endpoint is disabled, or the cursor too old or too new.
 */
export async function replay(
  app: AppContext,
  actor: Authorized<'webhooks:write'>,
  { idempotencyKey: key, ...input }: EndpointRef & { after: string },
): Promise<EndpointRow> {
  const { merchantId } = actor
  const { sequence: after, gap } = await app.streams.resume(merchantId, decodeCursor(input.after))
  const { last, trimmed, incarnation } = await app.log.bounds(merchantId)
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'replayWebhooks', input }, async () => {
      const endpoint = await lockEnabledEndpoint(unit, input.endpointId, 'input.endpointId')
      if (gap)
        throw invalid(
          'input.after',
          `belongs to a log that a restored backup has replaced; start at "${encodeCursor(after, incarnation)}", the end of that backup`,
        )
      if (after > last) throw invalid('input.after', 'is beyond the end of the log')
      if (after < trimmed)
        throw invalid(
          'input.after',
          `is older than the log; the oldest cursor is "${encodeCursor(trimmed, incarnation)}"`,
        )
      if (last - after > MAX_REPLAYED)
        throw invalid(
          'input.after',
          `is ${last - after} events back; at most ${MAX_REPLAYED} are replayed at once. Read older ones from eventLog, or start at "${encodeCursor(last - MAX_REPLAYED, incarnation)}"`,
        )
      await unit.tx.$executeRaw`
        UPDATE webhook_endpoint SET cursor = least(cursor, ${after}::bigint) WHERE id = ${endpoint.id}::uuid`
      unit.enqueue(dispatchWebhooksJob.request({ merchantId, trigger: `r${Date.now()}` }))
      unit.audit({ action: 'webhook_endpoint.replay', subjectId: endpoint.id, detail: { after: input.after } })
      return endpoint.id
    }),
  )
  const endpoint = await findEndpoint(app, merchantId, input.endpointId)
  if (!endpoint) throw noEndpoint()
  return endpoint
}

/** Locks an enabled endpoint, for an actor who may see all events that it receives. */
async function lockEnabledEndpoint(unit: UnitOfWork, endpointId: string, path: string) {
  const endpoint = await lockEndpoint(unit, endpointId)
  await assertMaySee(unit, permissionsToSee(unit.app.events, endpoint.eventTypes), 'Delivering to this endpoint')
  if (endpoint.status !== 'ENABLED') throw invalid(path, 'the endpoint is disabled; enable it first')
  return endpoint
}

const invalid = (path: string, message: string) => new ValidationError([{ path, message }])
const noDelivery = () => new NotFoundError('No webhook delivery with this id exists in your shop.')
const noEndpoint = () => new NotFoundError('No webhook endpoint with this id exists in your shop.')

function existing(row: DeliveryRow | null): DeliveryRow {
  if (!row) throw noDelivery()
  return row
}
