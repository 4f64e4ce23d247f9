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
  description: 'Whether an endpoint is told of events.',
  values: {
    ENABLED: { description: 'It is.' },
    DISABLED: { description: 'Somebody of the shop switched it off.' },
    FAILED: { description: 'We switched it off: it answered 410, or nothing had reached it for five days.' },
  } satisfies Record<WebhookEndpointStatus, { description: string }>,
})

const DeliveryStatusEnum = builder.enumType('WebhookDeliveryStatus', {
  description: 'What has become of a delivery.',
  values: {
    PENDING: { description: 'An attempt is due, or under way.' },
    SUCCEEDED: { description: 'The endpoint answered with a 2xx status.' },
    FAILED: { description: 'Every attempt failed.' },
    CANCELLED: { description: 'The endpoint was switched off before it succeeded.' },
  } satisfies Record<WebhookDeliveryStatus, { description: string }>,
})

const Attempt = builder.objectRef<AttemptRow>('WebhookAttempt').implement({
  description: 'One try of a delivery and what came of it.',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'Counted from 1, over all rounds of the schedule.' }),
    startedAt: t.field({ type: 'DateTime', description: 'When it began.', resolve: (attempt) => attempt.startedAt }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took, in milliseconds.' }),
    statusCode: t.exposeInt('statusCode', {
      nullable: true,
      description: 'HTTP status of the answer; null when there was none.',
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why it did not count as delivered.' }),
    responseBody: t.string({
      nullable: true,
      description:
        'The beginning of the answer, at most 2048 bytes; null when there was none. Needs the permission of the event, which answers may repeat.',
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
      description: 'Where the event stands in the log; null for a test.',
      resolve: ({ body }) => cursorIn(body),
    }),
    payload: t.field({
      type: 'JSON',
      description: 'The body as it is sent. Needs the permission of the event.',
      resolve: ({ type, body }, _args, ctx) => readableBody(ctx, type, body),
    }),
    status: t.field({
      type: DeliveryStatusEnum,
      description: 'What has become of it.',
      resolve: (delivery) => delivery.status,
    }),
    attemptCount: t.exposeInt('attemptCount', { description: 'Attempts made.' }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the next attempt is due; null when there is none.',
      resolve: (delivery) => delivery.nextAttemptAt,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was first dispatched.',
      resolve: (delivery) => delivery.createdAt,
    }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it succeeded, failed for good or was called off.',
      resolve: (delivery) => delivery.finishedAt,
    }),
    endpoint: t.field({
      type: WebhookEndpoint,
      description: 'Where it goes.',
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

/** An actor that may see deliveries need not be allowed to see what is in them. */
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
    status: t.field({ type: DeliveryStatusEnum, description: 'Only in this state.' }),
    type: t.string({ description: 'Only of this event; `webhook_test` for tests.' }),
  }),
})

const Health = builder.objectRef<HealthRow>('WebhookHealth').implement({
  description: 'What has become of the latest 100 deliveries of an endpoint.',
  fields: (t) => ({
    delivered: t.exposeInt('delivered', { description: 'How many arrived.' }),
    failed: t.exposeInt('failed', { description: 'How many were given up.' }),
    pending: t.exposeInt('pending', { description: 'How many are still to be attempted.' }),
    lastDeliveredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When one of them arrived last.',
      resolve: (health) => health.lastDeliveredAt,
    }),
  }),
})

WebhookEndpoint.implement({
  description: 'An address that is told of events. Its secret is shown when it is made, and never again.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the endpoint.' }),
    url: t.exposeString('url', { description: 'Where events are posted to.' }),
    description: t.exposeString('description', { description: "The shop's own note; may be empty." }),
    eventTypes: t.field({
      type: [EventTypeEnum],
      description: 'What it is told of; an empty list stands for everything.',
      // A type that is no longer raised is still in the list of who chose it.
      resolve: ({ eventTypes }, _args, ctx) =>
        eventTypes.filter((type) => ctx.app.events.all.some((event) => event.type === type)),
    }),
    status: t.field({
      type: EndpointStatusEnum,
      description: 'Whether it is told of events.',
      resolve: (endpoint) => endpoint.status,
    }),
    statusReason: t.exposeString('statusReason', { nullable: true, description: 'Why we switched it off.' }),
    cursor: t.field({
      type: 'EventCursor',
      description: 'How far in the log it has its deliveries. Give an earlier one to `replayWebhooks`.',
      resolve: ({ cursor, incarnation }) => encodeCursor(cursor, incarnation),
    }),
    failingSince: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'Since when nothing has reached it; null when the last attempt succeeded. After five days it is switched off.',
      resolve: (endpoint) => endpoint.failingSince,
    }),
    previousSecretExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when attempts are signed with the previous secret, too; null when it is not.',
      resolve: (endpoint) => endpoint.previousSecretExpiresAt,
    }),
    health: t.field({
      type: Health,
      description: 'How its latest deliveries went.',
      resolve: (endpoint) => endpoint.health,
    }),
    createdAt: t.field({ type: 'DateTime', description: 'Since when.', resolve: (endpoint) => endpoint.createdAt }),
    missingPermissions: t.stringList({
      description:
        'Permissions to see what it is told that you lack; empty when you have them all. With any missing you may look at it, switch it off and remove it, but not learn its secret, change its address, switch it on or deliver to it.',
      resolve: ({ eventTypes }, _args, { app, actor }) => lackedBy(actor, permissionsToSee(app.events, eventTypes)),
    }),
    deliveries: t.connection(
      {
        type: WebhookDelivery,
        description: 'Its deliveries of the last 30 days, newest first.',
        args: { filter: t.arg({ type: DeliveryFilterInput, description: 'Only these.' }) },
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
  description: 'An event that endpoints can be told of.',
  fields: (t) => ({
    type: t.field({ type: EventTypeEnum, description: 'Its name.', resolve: (event) => event.type }),
    description: t.string({ description: 'When it is raised.', resolve: (event) => event.doc }),
    permission: t.exposeString('permission', { description: 'What you need to choose it.' }),
    grantable: t.boolean({
      description: 'Whether you have that permission, and so may have an endpoint told of it.',
      resolve: ({ permission }, _args, { actor }) => lackedBy(actor, [permission]).length === 0,
    }),
    schemaUrl: t.string({
      description: 'JSON Schema of what it carries as `data`.',
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
    args: { id: t.arg.id({ required: true, description: 'The endpoint.' }) },
    resolve: (_root, { id }, ctx) => findEndpoint(ctx.app, ctx.authorize('webhooks:read').merchantId, id),
  }),
  webhookDelivery: t.field({
    type: WebhookDelivery,
    nullable: true,
    description: 'One delivery, or null when the id is unknown in your shop. Deliveries are kept for 30 days.',
    args: { id: t.arg.id({ required: true, description: 'The delivery: what `webhook-id` said.' }) },
    resolve: (_root, { id }, ctx) => findDelivery(ctx.app, ctx.authorize('webhooks:read').merchantId, id),
  }),
  webhookEventTypes: t.field({
    type: [EventTypeInfo],
    description: 'Every event that endpoints can be told of.',
    resolve: (_root, _args, ctx) => {
      ctx.authorize('webhooks:read')
      return [...ctx.app.events.all]
    },
  }),
}))
