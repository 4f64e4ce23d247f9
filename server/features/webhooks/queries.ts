import type { AppContext } from '../../context.ts'
import { isoTime, isUuid, queryMerchant } from '../../db/merchant-query.ts'
import type { WebhookDeliveryStatus, WebhookEndpointStatus } from '../../generated/prisma/enums.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import { countOf, listStatement, newestFirst, pageOf } from '../../graphql/list-sql.ts'

/** An endpoint as the API shows it; its secrets are never read here. Times are RFC 3339. */
export type EndpointRow = {
  id: string
  url: string
  /** Label of the actor, as in audit entries. */
  urlSetBy: string
  description: string
  eventTypes: string[]
  status: WebhookEndpointStatus
  statusReason: string | null
  cursor: number
  /** Name of the log that the cursor belongs to. */
  incarnation: string
  failingSince: string | null
  previousSecretExpiresAt: string | null
  health: HealthRow
  createdAt: string
  updatedAt: string
}

/** Counts of the latest deliveries by outcome. */
export type HealthRow = { delivered: number; failed: number; pending: number; lastDeliveredAt: string | null }

export type DeliveryRow = {
  id: string
  endpointId: string
  sequence: number | null
  type: string
  body: string
  status: WebhookDeliveryStatus
  attemptCount: number
  nextAttemptAt: string | null
  createdAt: string
  finishedAt: string | null
}

export type AttemptRow = {
  /** Name of the event that was delivered. */
  type: string
  number: number
  startedAt: string
  durationMs: number
  statusCode: number | null
  error: string | null
  responseBody: string | null
}

/** Latest deliveries that the health of an endpoint is computed from. */
const HEALTH_OF = 100
/** The number of latest attempts that a delivery returns. */
const MAX_ATTEMPTS = 50

const ENDPOINT = `e.id, e.url, e.url_set_by AS "urlSetBy", e.description, e.event_types AS "eventTypes", e.status, e.status_reason AS "statusReason",
  e.cursor::float8 AS cursor, (SELECT incarnation FROM event_counter WHERE merchant_id = e.merchant_id) AS incarnation, ${isoTime('e.failing_since')} AS "failingSince",
  CASE WHEN e.previous_secret_expires_at > now() THEN ${isoTime('e.previous_secret_expires_at')} END AS "previousSecretExpiresAt",
  (SELECT json_build_object('delivered', count(*) FILTER (WHERE x.status = 'SUCCEEDED'), 'failed', count(*) FILTER (WHERE x.status = 'FAILED'),
      'pending', count(*) FILTER (WHERE x.status = 'PENDING'),
      'lastDeliveredAt', ${isoTime("max(x.finished_at) FILTER (WHERE x.status = 'SUCCEEDED')")})
    FROM (SELECT w.status, w.finished_at FROM webhook_delivery w
      WHERE w.endpoint_id = e.id ORDER BY w.created_at DESC, w.id DESC LIMIT ${HEALTH_OF}) x) AS health,
  ${isoTime('e.created_at')} AS "createdAt", ${isoTime('e.updated_at')} AS "updatedAt"`

/** The endpoint, or null when it is unknown in the shop or removed. */
export async function findEndpoint(app: AppContext, merchantId: string, id: string): Promise<EndpointRow | null> {
  if (!isUuid(id)) return null
  const text = `SELECT ${ENDPOINT} FROM webhook_endpoint e WHERE e.id = $1 AND e.deleted_at IS NULL`
  return (await queryMerchant<EndpointRow>(app, merchantId, text, [id]))[0] ?? null
}

/** The endpoints with these ids, without unknown and removed ones. */
export const findEndpointsById = (
  app: AppContext,
  merchantId: string,
  ids: readonly string[],
): Promise<EndpointRow[]> =>
  queryMerchant(
    app,
    merchantId,
    `SELECT ${ENDPOINT} FROM webhook_endpoint e WHERE e.id = ANY($1::uuid[]) AND e.deleted_at IS NULL ORDER BY e.created_at, e.id`,
    [ids],
  )

/** Endpoints, newest first, by keyset. */
export function findEndpoints(app: AppContext, merchantId: string) {
  const statement = () => listStatement('e.deleted_at IS NULL')
  return {
    fetch: (page: PageRequest): Promise<EndpointRow[]> => {
      const list = statement()
      const text = `SELECT ${ENDPOINT} FROM webhook_endpoint e ${pageOf(list, page, newestFirst('e.created_at', 'e.id'))}`
      return queryMerchant<EndpointRow>(app, merchantId, text, list.values)
    },
    keyOf,
    count: async (): Promise<number> => {
      const text = countOf(`webhook_endpoint e ${statement().where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text))[0]?.n ?? 0
    },
  }
}

const DELIVERY = `d.id, d.endpoint_id AS "endpointId", d.sequence::float8 AS sequence, d.event_type AS type, d.body, d.status,
  d.attempt_count AS "attemptCount", ${isoTime('d.next_attempt_at')} AS "nextAttemptAt",
  ${isoTime('d.created_at')} AS "createdAt", ${isoTime('d.finished_at')} AS "finishedAt"`
// Deliveries of a removed endpoint are hidden with it.
const DELIVERIES = 'webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id AND e.deleted_at IS NULL'

/** The delivery, or null when the id is unknown in the shop. */
export async function findDelivery(app: AppContext, merchantId: string, id: string): Promise<DeliveryRow | null> {
  if (!isUuid(id)) return null
  const text = `SELECT ${DELIVERY} FROM ${DELIVERIES} WHERE d.id = $1`
  return (await queryMerchant<DeliveryRow>(app, merchantId, text, [id]))[0] ?? null
}

export type DeliveryFilter = {
  status?: WebhookDeliveryStatus | null | undefined
  type?: string | null | undefined
}

/** The deliveries of an endpoint, newest first, by keyset. */
export function findDeliveries(app: AppContext, merchantId: string, endpointId: string, filter: DeliveryFilter) {
  const statement = () => {
    const list = listStatement()
    list.add(`d.endpoint_id = ${list.put(endpointId)}::uuid`)
    if (filter.status) list.add(`d.status = ${list.put(filter.status)}::webhook_delivery_status`)
    if (filter.type != null) list.add(`d.event_type = ${list.put(filter.type)}`)
    return list
  }
  return {
    fetch: (page: PageRequest): Promise<DeliveryRow[]> => {
      const list = statement()
      const text = `SELECT ${DELIVERY} FROM webhook_delivery d ${pageOf(list, page, newestFirst('d.created_at', 'd.id'))}`
      return queryMerchant<DeliveryRow>(app, merchantId, text, list.values)
    },
    keyOf,
    count: async (): Promise<number> => {
      const list = statement()
      const text = countOf(`webhook_delivery d ${list.where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text, list.values))[0]?.n ?? 0
    },
  }
}

/** The latest attempts of each delivery, oldest first. */
export async function loadAttempts(
  app: AppContext,
  merchantId: string,
  deliveryIds: readonly string[],
): Promise<AttemptRow[][]> {
  const rows = await queryMerchant<AttemptRow & { deliveryId: string }>(
    app,
    merchantId,
    `SELECT a.delivery_id AS "deliveryId", wanted.event_type AS type, a.number, ${isoTime('a.started_at')} AS "startedAt", a.duration_ms AS "durationMs",
       a.status_code AS "statusCode", a.error, a.response_body AS "responseBody"
     FROM webhook_delivery wanted CROSS JOIN LATERAL (
       SELECT * FROM webhook_attempt w WHERE w.delivery_id = wanted.id ORDER BY w.number DESC LIMIT ${MAX_ATTEMPTS}
     ) a WHERE wanted.id = ANY($1::uuid[]) ORDER BY a.number`,
    [deliveryIds],
  )
  return deliveryIds.map((id) => rows.filter((row) => row.deliveryId === id))
}

const keyOf = (row: { id: string; createdAt: string }): Keyset => ({ value: row.createdAt, id: row.id })
