import type { AppContext } from '../../../context.ts'
import { merchantTransaction } from '../../../db/merchant-query.ts'
import type { Transaction } from '../../../db/transaction.ts'
import type { EventRecord } from '../../../events/kit.ts'
import { eventsAfter } from '../../../events/log.ts'
import { deliveryId } from './delivery-id.ts'
import { selectsType, webhookBody } from '../domain.ts'
import { deliverWebhookJob } from '../jobs.ts'

/** Events read in one transaction. */
const BATCH = 200

type Reader = { id: string; cursor: number; eventTypes: string[] }
/** A delivery to attempt; `made` attempts were made before. */
type Due = { deliveryId: string; endpointId: string; made: number }
type NewDelivery = { id: string; endpointId: string; sequence: number; type: string; body: string }

/**
 * Creates the deliveries of the events after the cursor of each enabled endpoint, and moves the cursors in the same
 * transaction, so that an event is dispatched once even when a process dies. The rows of endpoints are locked: of two
 * dispatches at the same time the second finds nothing left to do.
 */
export async function dispatchWebhooks(app: AppContext, merchantId: string): Promise<void> {
  const firstPause = app.config.webhooks.scheduleSeconds[0] ?? 0
  for (;;) {
    const { due, isMore } = await merchantTransaction(app, merchantId, (client) =>
      dispatchBatch(client, merchantId, firstPause),
    )
    // If these jobs are lost, the sweep finds the due deliveries.
    const requests = due.map((one) => deliverWebhookJob.request({ merchantId, ...one }, { delayMs: firstPause * 1000 }))
    if (requests.length > 0) await app.queues.enqueue(...requests)
    if (!isMore) return
  }
}

async function dispatchBatch(
  client: Transaction,
  merchantId: string,
  firstPause: number,
): Promise<{ due: Due[]; isMore: boolean }> {
  const readers = (await client.query<Reader>({ name: 'webhook_readers', text: READERS, values: [merchantId] })).rows
  if (readers.length === 0) return { due: [], isMore: false }
  const events = await eventsAfter(client, Math.min(...readers.map(({ cursor }) => cursor)), BATCH)
  const newest = events.at(-1)
  if (!newest) return { due: [], isMore: false }
  const deliveries = events.flatMap((event) => deliveriesOf(event, readers))
  const values = [merchantId, JSON.stringify(deliveries), firstPause]
  const due =
    deliveries.length > 0 ? (await client.query<Due>({ name: 'webhook_insert', text: INSERT, values })).rows : []
  const moved = [newest.sequence, readers.map(({ id }) => id)]
  await client.query({ name: 'webhook_move', text: MOVE_CURSORS, values: moved })
  return { due, isMore: events.length === BATCH }
}

const READERS = `
  SELECT id, cursor::float8 AS cursor, event_types AS "eventTypes" FROM webhook_endpoint
  WHERE merchant_id = $1 AND status = 'ENABLED' AND deleted_at IS NULL
    AND cursor < (SELECT last FROM event_counter WHERE merchant_id = $1)
  ORDER BY id FOR NO KEY UPDATE`

const MOVE_CURSORS = 'UPDATE webhook_endpoint SET cursor = $1 WHERE id = ANY($2::uuid[]) AND cursor < $1'

// An existing delivery starts its retry schedule again: the cursor was moved back for a replay.
const INSERT = `
  WITH due AS (
    INSERT INTO webhook_delivery AS d (id, merchant_id, endpoint_id, sequence, event_type, body, next_attempt_at)
    SELECT n.id, $1, n."endpointId", n.sequence, n.type, n.body, now() + make_interval(secs => $3)
    FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, "endpointId" uuid, sequence bigint, type text, body text)
    ON CONFLICT (id) DO UPDATE SET status = 'PENDING', next_attempt_at = excluded.next_attempt_at, finished_at = NULL,
      retry_from = d.attempt_count
    WHERE d.status <> 'PENDING'
    RETURNING d.id, d.endpoint_id, d.sequence, d.attempt_count
  )
  SELECT id AS "deliveryId", endpoint_id AS "endpointId", attempt_count AS made FROM due ORDER BY sequence, endpoint_id`

function deliveriesOf(event: EventRecord, readers: readonly Reader[]): NewDelivery[] {
  const receivers = readers.filter(
    ({ cursor, eventTypes }) => cursor < event.sequence && selectsType(eventTypes, event.type),
  )
  if (receivers.length === 0) return []
  const { sequence, type } = event
  const body = webhookBody(event)
  return receivers.map(({ id: endpointId }) => ({
    id: deliveryId(endpointId, event.id),
    endpointId,
    sequence,
    type,
    body,
  }))
}
