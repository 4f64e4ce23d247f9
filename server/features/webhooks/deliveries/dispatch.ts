import type { AppContext } from '../../../context.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'
import type { EventRecord } from '../../../events/kit.ts'
import { eventsAfterSql } from '../../../events/log.ts'
import { beginAttempts } from './deliver.ts'
import { deliveryId } from './delivery-id.ts'
import { selectsType, webhookBody } from '../domain.ts'
import { deliverWebhookJob } from '../jobs.ts'

/** Events read at a time. */
const BATCH = 200

/** SQL of the endpoints of the log `c` (event_counter) that its events up to the relay offset `relayed` are not yet dispatched to. */
export const LAGGING_ENDPOINT = `SELECT FROM webhook_endpoint w
  WHERE w.merchant_id = c.merchant_id AND w.status = 'ENABLED' AND w.deleted_at IS NULL AND w.cursor < relayed`

type Reader = { id: string; cursor: number; eventTypes: string[] }
/** An event with the endpoints that have not read it, as JSON. */
type UnreadEvent = EventRecord & { readers: string }
/** An endpoint whose cursor was moved, with a delivery to attempt, if any; `made` attempts were made before. */
type Moved = { endpointId: string; deliveryId: string | null; made: number }
type NewDelivery = { id: string; endpointId: string; sequence: number; type: string; body: string }

/**
 * Creates the deliveries of the events after the cursor of each enabled endpoint, and moves the cursors in the same
 * statement, so that an event is dispatched once even when a process dies. Of two dispatches at the same time one finds the
 * cursors moved and reads again.
 *
 * With the `signal` of a job the dispatch begins first attempts itself; other deliveries get jobs.
 */
export async function dispatchWebhooks(app: AppContext, merchantId: string, signal?: AbortSignal): Promise<void> {
  const firstPause = app.config.webhooks.scheduleSeconds[0] ?? 0
  const beginAttempt = signal && firstPause === 0 ? beginAttempts(app, merchantId, signal) : () => false
  for (;;) {
    const { moved, isMore } = await dispatchBatch(app, merchantId, firstPause)
    // If an attempt or these jobs are lost, the sweep finds the due deliveries.
    const requests = moved.flatMap(({ endpointId, deliveryId: id, made }) =>
      id === null || beginAttempt(endpointId, id)
        ? []
        : [deliverWebhookJob.request({ merchantId, endpointId, deliveryId: id, made }, { delayMs: firstPause * 1000 })],
    )
    if (requests.length > 0) await app.queues.enqueue(...requests)
    if (!isMore) return
  }
}

async function dispatchBatch(
  app: AppContext,
  merchantId: string,
  firstPause: number,
): Promise<{ moved: Moved[]; isMore: boolean }> {
  const events = await queryMerchant<UnreadEvent>(app, merchantId, UNREAD, [merchantId, BATCH])
  const newest = events.at(-1)
  if (!newest) return { moved: [], isMore: false }
  const readers = JSON.parse(newest.readers) as Reader[]
  const deliveries = events.flatMap((event) => deliveriesOf(event, readers))
  const moved = await queryMerchant<Moved>(app, merchantId, DISPATCH, [
    merchantId,
    readers.map(({ id }) => id),
    readers.map(({ cursor }) => cursor),
    newest.sequence,
    JSON.stringify(deliveries),
    firstPause,
  ])
  const overtaken = new Set(moved.map(({ endpointId }) => endpointId)).size < readers.length
  return { moved, isMore: overtaken || events.length === BATCH }
}

// The endpoints that are behind, and the events after the one that is furthest behind.
const UNREAD = `
  WITH reader AS (
    SELECT id, cursor, event_types FROM webhook_endpoint
    WHERE merchant_id = $1 AND status = 'ENABLED' AND deleted_at IS NULL
      AND cursor < (SELECT last FROM event_counter WHERE merchant_id = $1)
  ), readers AS (
    SELECT min(cursor) AS cursor,
      json_agg(json_build_object('id', id, 'cursor', cursor, 'eventTypes', event_types))::text AS json FROM reader
  )
  ${eventsAfterSql('(SELECT cursor FROM readers)', '$2', '(SELECT json FROM readers) AS readers')}`

// An endpoint whose cursor is no longer the one that was read gets no deliveries. Rows are locked in the order of their ids.
// An existing delivery starts its retry schedule again: the cursor was moved back for a replay. A crash of the database that
// loses cursors and deliveries has the events dispatched again under the same ids, so the commit need not wait for the disk.
const DISPATCH = `
  WITH asynchronous AS (SELECT set_config('synchronous_commit', 'off', true)), unmoved AS (
    SELECT e.id FROM webhook_endpoint e JOIN unnest($2::uuid[], $3::bigint[]) AS read (id, cursor) ON e.id = read.id AND e.cursor = read.cursor
    CROSS JOIN asynchronous
    WHERE e.merchant_id = $1 AND e.status = 'ENABLED' AND e.deleted_at IS NULL
    ORDER BY e.id FOR NO KEY UPDATE OF e
  ), moved AS (
    UPDATE webhook_endpoint e SET cursor = greatest(e.cursor, $4) FROM unmoved WHERE e.id = unmoved.id RETURNING e.id
  ), due AS (
    INSERT INTO webhook_delivery AS d (id, merchant_id, endpoint_id, sequence, event_type, body, next_attempt_at)
    SELECT n.id, $1, n."endpointId", n.sequence, n.type, n.body, now() + make_interval(secs => $6)
    FROM jsonb_to_recordset($5::jsonb) AS n (id uuid, "endpointId" uuid, sequence bigint, type text, body text)
    JOIN moved ON moved.id = n."endpointId"
    ON CONFLICT (id) DO UPDATE SET status = 'PENDING', next_attempt_at = excluded.next_attempt_at, finished_at = NULL,
      retry_from = d.attempt_count
    WHERE d.status <> 'PENDING'
    RETURNING d.id, d.endpoint_id, d.sequence, d.attempt_count
  )
  SELECT moved.id AS "endpointId", due.id AS "deliveryId", due.attempt_count AS made
  FROM moved LEFT JOIN due ON due.endpoint_id = moved.id ORDER BY due.sequence, moved.id`

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
