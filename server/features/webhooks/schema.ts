import { lackedBy } from '../../auth/grants.ts'
import { AppError } from '../../errors.ts'
import { encodeCursor } from '../../events/cursor.ts'
import type { WebhookDeliveryStatus, WebhookEndpointStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { EventTypeEnum } from '../events/schema.ts'
import { cursorIn } from './domain.ts'
import {
  findDeliveries,
  findDelivery,
  findEndpoint,
  findEndpoints,
  loadAttempts,
  type AttemptRow,
  type DeliveryRow,
  type EndpointRow,
  type HealthRow,
} from './queries.ts'
import { assertMayRead, permissionsToSee } from './endpoints/rights.ts'

const EndpointStatusEnum = builder.enumType('WebhookEndpointStatus', {
  description: 'Whether an endpoint receives events.',
  values: {
    ENABLED: { description: 'The endpoint receives events.' },
    DISABLED: { description: 'Disabled by the shop.' },
    FAILED: { description: 'Disabled by Storeline: it answered 410, or all attempts had failed for five days.' },
  } satisfies Record<WebhookEndpointStatus, { description: string }>,
})

const DeliveryStatusEnum = builder.enumType('WebhookDeliveryStatus', {
  description: 'The status of a delivery.',
  values: {
    PENDING: { description: 'An attempt is due or in flight.' },
    SUCCEEDED: { description: 'The endpoint answered with a 2xx status.' },
    FAILED: { description: 'All attempts of the retry schedule failed.' },
    CANCELLED: { description: 'The endpoint was disabled before it succeeded.' },
  } satisfies Record<WebhookDeliveryStatus, { description: string }>,
})

const Attempt = builder.objectRef<AttemptRow>('WebhookAttempt').implement({
  description: 'One attempt of a delivery with its outcome.',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'Number of the attempt, from 1, over all rounds of the schedule.' }),
    startedAt: t.field({
      type: 'DateTime',
      description: 'When the request was started.',
      resolve: (attempt) => attempt.startedAt,
    }),
    durationMs: t.exposeInt('durationMs', { description: 'Duration in milliseconds.' }),
    statusCode: t.exposeInt('statusCode', {
      nullable: true,
      description: 'HTTP status of the response; null without a response.',
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why the attempt failed; null for a 2xx response.' }),
    responseBody: t.string({
      nullable: true,
      description:
        'The first 2048 bytes of the response body; null without one. Needs the permission of the event, because a response may repeat it.',
      resolve: ({ type, responseBody }, _args, { app, actor }) => {
        assertMayRead(actor, app.events, type)
        return responseBody
      },
    }),
  }),
})

export const WebhookDelivery = builder.objectRef<DeliveryRow>('WebhookDelivery')
export const WebhookEndpoint = builder.objectRef<EndpointRow>('WebhookEndpoint')

WebhookDelivery.implement({
  description: 'One event for one endpoint, with all attempts to deliver it.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Sent as `webhook-id` with every attempt, so that repeats can be dropped.' }),
    type: t.exposeString('type', { description: 'Name of the event; `webhook_test` for a test.' }),
    cursor: t.field({
      type: 'EventCursor',
      nullable: true,
      description: 'Position of the event in the log; null for a test.',
      resolve: ({ body }) => cursorIn(body),
    }),
    payload: t.field({
      type: 'JSON',
      description: 'The body as it is sent. Needs the permission of the event.',
      resolve: ({ type, body }, _args, ctx) => readableBody(ctx, type, body),
    }),
    status: t.field({
      type: DeliveryStatusEnum,
      description: 'The present status.',
      resolve: (delivery) => delivery.status,
    }),
    attemptCount: t.exposeInt('attemptCount', {
      description: 'The number of attempts so far, in all rounds of the retry schedule.',
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the next attempt is due; null when there is none.',
      resolve: (delivery) => delivery.nextAttemptAt,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the delivery was created.',
      resolve: (delivery) => delivery.createdAt,
    }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it succeeded, failed for good or was cancelled; null while it is pending.',
      resolve: (delivery) => delivery.finishedAt,
    }),
    endpoint: t.field({
      type: WebhookEndpoint,
      description: 'The endpoint that receives it.',
      resolve: ({ endpointId }, _args, ctx) => endpointOf(ctx, endpointId),
    }),
    attempts: t.loadableList({
      type: Attempt,
      description: 'The latest 50 attempts, oldest first.',
      load: (ids: string[], ctx) => loadAttempts(ctx.app, ctx.authorize('webhooks:read').merchantId, ids),
      resolve: ({ id }) => id,
    }),
  }),
})

/** An actor may see deliveries without the permission to see their bodies. */
function readableBody({ app, actor }: RequestContext, type: string, body: string): unknown {
  assertMayRead(actor, app.events, type)
  return JSON.parse(body)
}

async function endpointOf(ctx: RequestContext, id: string): Promise<EndpointRow> {
  const endpoint = await findEndpoint(ctx.app, ctx.authorize('webhooks:read').merchantId, id)
  if (!endpoint) throw new AppError('NOT_FOUND', 'The endpoint of this delivery was removed a moment ago.')
  return endpoint
}

const DeliveryConnection = builder.connectionObject(
  { type: WebhookDelivery, name: 'WebhookDeliveryConnection', description: 'A page of deliveries.' },
  { name: 'WebhookDeliveryEdge', description: 'A delivery in a page.' },
)
const EndpointConnection = builder.connectionObject(
  { type: WebhookEndpoint, name: 'WebhookEndpointConnection', description: 'A page of webhook endpoints.' },
  { name: 'WebhookEndpointEdge', description: 'A webhook endpoint in a page.' },
)

const DeliveryFilterInput = builder.inputType('WebhookDeliveryFilter', {
  description: 'Narrows a list of deliveries; conditions add up.',
  fields: (t) => ({
    status: t.field({ type: DeliveryStatusEnum, description: 'Only deliveries with this status.' }),
    type: t.string({ description: 'Only of this event type; `webhook_test` for tests.' }),
  }),
})

const Health = builder.objectRef<HealthRow>('WebhookHealth').implement({
  description: 'Counts of the latest 100 deliveries of an endpoint by outcome.',
  fields: (t) => ({
    delivered: t.exposeInt('delivered', { description: 'Deliveries that succeeded.' }),
    failed: t.exposeInt('failed', { description: 'Deliveries whose attempts all failed.' }),
    pending: t.exposeInt('pending', { description: 'Deliveries that are due or in flight.' }),
    lastDeliveredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the last of them succeeded; null when none did.',
      resolve: (health) => health.lastDeliveredAt,
    }),
  }),
})

WebhookEndpoint.implement({
  description:
    'A URL that receives events by HTTP POST. Its signing secret is returned once, when it is created or rotated.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the endpoint.' }),
    url: t.exposeString('url', { description: 'The URL that events are posted to.' }),
    description: t.exposeString('description', { description: "The shop's own note; may be empty." }),
    eventTypes: t.field({
      type: [EventTypeEnum],
      description: 'Selected event types; an empty list selects all.',
      // A type that no longer exists may still be selected.
      resolve: ({ eventTypes }, _args, ctx) =>
        eventTypes.filter((type) => ctx.app.events.all.some((event) => event.type === type)),
    }),
    status: t.field({
      type: EndpointStatusEnum,
      description: 'Whether it receives events.',
      resolve: (endpoint) => endpoint.status,
    }),
    statusReason: t.exposeString('statusReason', {
      nullable: true,
      description: 'Why Storeline disabled it; null unless the status is FAILED.',
    }),
    cursor: t.field({
      type: 'EventCursor',
      description: 'Deliveries exist of all events up to this cursor. Pass an earlier one to `replayWebhooks`.',
      resolve: ({ cursor, incarnation }) => encodeCursor(cursor, incarnation),
    }),
    failingSince: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When attempts began to fail; null when the last attempt succeeded. After five days the endpoint is disabled.',
      resolve: (endpoint) => endpoint.failingSince,
    }),
    previousSecretExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when attempts are also signed with the previous secret; null when there is only one.',
      resolve: (endpoint) => endpoint.previousSecretExpiresAt,
    }),
    health: t.field({
      type: Health,
      description: 'Counts of its latest deliveries.',
      resolve: (endpoint) => endpoint.health,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the endpoint was created.',
      resolve: (endpoint) => endpoint.createdAt,
    }),
    missingPermissions: t.stringList({
      description:
        'Permissions for its events that you lack; empty when you have them all. If you lack any, you may read, disable and remove it, but not see its secret, change its URL, enable it or deliver to it.',
      resolve: ({ eventTypes }, _args, { app, actor }) => lackedBy(actor, permissionsToSee(app.events, eventTypes)),
    }),
    deliveries: t.connection(
      {
        type: WebhookDelivery,
        description: 'Its deliveries of the last 30 days, newest first.',
        args: {
          filter: t.arg({
            type: DeliveryFilterInput,
            description: 'Conditions on the deliveries; all deliveries when left out.',
          }),
        },
        resolve: ({ id }, { filter, ...page }, ctx) =>
          keysetConnection(page, findDeliveries(ctx.app, ctx.authorize('webhooks:read').merchantId, id, filter ?? {})),
      },
      DeliveryConnection,
    ),
  }),
})

const EventTypeInfo = builder.objectRef<{ type: string; doc: string; version: number; permission: string }>(
  'WebhookEventType',
)
EventTypeInfo.implement({
  description: 'An event type that endpoints can select.',
  fields: (t) => ({
    type: t.field({ type: EventTypeEnum, description: 'Name of the event.', resolve: (event) => event.type }),
    description: t.string({ description: 'When the event happens.', resolve: (event) => event.doc }),
    permission: t.exposeString('permission', { description: 'The permission needed to select it.' }),
    grantable: t.boolean({
      description: 'Whether you have that permission, and may select it for an endpoint.',
      resolve: ({ permission }, _args, { actor }) => lackedBy(actor, [permission]).length === 0,
    }),
    schemaUrl: t.string({
      description: 'URL of the JSON Schema of its `data`.',
      resolve: ({ type, version }, _args, ctx) => `${ctx.app.config.publicUrl}/schemas/events/${type}.v${version}.json`,
    }),
  }),
})

builder.queryFields((t) => ({
  webhookEndpoints: t.connection(
    {
      type: WebhookEndpoint,
      description: "The shop's webhook endpoints, newest first.",
      resolve: (_root, args, ctx) =>
        keysetConnection(args, findEndpoints(ctx.app, ctx.authorize('webhooks:read').merchantId)),
    },
    EndpointConnection,
  ),
  webhookEndpoint: t.field({
    type: WebhookEndpoint,
    nullable: true,
    description: 'One endpoint, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'Id of the endpoint.' }) },
    resolve: (_root, { id }, ctx) => findEndpoint(ctx.app, ctx.authorize('webhooks:read').merchantId, id),
  }),
  webhookDelivery: t.field({
    type: WebhookDelivery,
    nullable: true,
    description: 'One delivery, or null when the id is unknown in your shop. Deliveries are kept for 30 days.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of the delivery, sent as the header `webhook-id`.' }),
    },
    resolve: (_root, { id }, ctx) => findDelivery(ctx.app, ctx.authorize('webhooks:read').merchantId, id),
  }),
  webhookEventTypes: t.field({
    type: [EventTypeInfo],
    description: 'All event types that endpoints can select.',
    resolve: (_root, _args, ctx) => {
      ctx.authorize('webhooks:read')
      return [...ctx.app.events.all]
    },
  }),
}))
