import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { EventTypeEnum } from '../events/schema.ts'
import { WebhookDelivery, WebhookEndpoint } from './schema.ts'
import { redeliver, replay, sendTestEvent } from './deliveries/service.ts'
import {
  createEndpoint,
  removeEndpoint,
  rotateSecret,
  updateEndpoint,
  type EndpointWithSecret,
} from './endpoints/service.ts'

const KEY = 'Repeating the same request with the same key does it once.'

const WithSecret = builder.objectRef<EndpointWithSecret>('WebhookEndpointWithSecret').implement({
  description: 'An endpoint with its new signing secret, which is shown once.',
  fields: (t) => ({
    endpoint: t.field({
      type: WebhookEndpoint,
      description: 'The webhook endpoint.',
      resolve: ({ endpoint }) => endpoint,
    }),
    secret: t.exposeString('secret', {
      nullable: true,
      description:
        '`whsec_…`: verify signatures with it. Null only when the request is repeated after the secret was replaced.',
    }),
  }),
})

const Removed = builder.objectRef<string>('RemovedWebhookEndpoint').implement({
  description: 'A webhook endpoint that was removed.',
  fields: (t) => ({ id: t.id({ description: 'Id of the removed endpoint.', resolve: (id) => id }) }),
})

const CreateInput = builder.inputType('CreateWebhookEndpointInput', {
  description: 'A new webhook endpoint.',
  fields: (t) => ({
    url: t.string({
      required: true,
      description: 'URL to post to: https, a public address, at most 2048 characters.',
    }),
    description: t.string({ description: 'A note of your own, up to 200 characters.' }),
    eventTypes: t.field({
      type: [EventTypeEnum],
      description: 'Event types to deliver; all when empty or left out.',
    }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const UpdateInput = builder.inputType('UpdateWebhookEndpointInput', {
  description: 'Changes to a webhook endpoint; fields that are left out keep their values.',
  fields: (t) => ({
    endpointId: t.id({ required: true, description: 'The webhook endpoint.' }),
    url: t.string({ description: 'New URL to post to.' }),
    description: t.string({ description: 'A note of your own, up to 200 characters.' }),
    eventTypes: t.field({ type: [EventTypeEnum], description: 'Event types to deliver; an empty list selects all.' }),
    enabled: t.boolean({
      description: 'false disables the endpoint and cancels its pending deliveries; true enables it.',
    }),
    catchUp: t.boolean({
      description:
        'With `enabled: true`: also deliver the events since it was disabled, as far as the log still has them.',
    }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const EndpointInput = builder.inputType('WebhookEndpointInput', {
  description: 'The webhook endpoint to act on.',
  fields: (t) => ({
    endpointId: t.id({ required: true, description: 'The webhook endpoint.' }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const RedeliverInput = builder.inputType('RedeliverWebhookInput', {
  description: 'The delivery to repeat.',
  fields: (t) => ({
    deliveryId: t.id({ required: true, description: 'Id of the delivery.' }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const ReplayInput = builder.inputType('ReplayWebhooksInput', {
  description: 'The endpoint, and the cursor to replay from.',
  fields: (t) => ({
    endpointId: t.id({ required: true, description: 'The webhook endpoint.' }),
    after: t.field({
      type: 'EventCursor',
      required: true,
      description: 'Deliver all events after this cursor, at most 10000 back.',
    }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

builder.mutationFields((t) => ({
  createWebhookEndpoint: t.field({
    type: WithSecret,
    description: 'Adds an endpoint that receives events from now on, and shows its signing secret.',
    errors: {
      types: [ValidationError],
      union: { description: 'The endpoint with its secret, or the problems of the input.' },
    },
    args: { input: t.arg({ type: CreateInput, required: true, description: 'The webhook endpoint.' }) },
    resolve: (_root, { input }, ctx) => createEndpoint(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  updateWebhookEndpoint: t.field({
    type: WebhookEndpoint,
    description: 'Changes, enables or disables an endpoint.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { description: 'The changed endpoint, or the reason why it did not change.' },
    },
    args: { input: t.arg({ type: UpdateInput, required: true, description: 'The endpoint and the changes.' }) },
    resolve: (_root, { input }, ctx) => updateEndpoint(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  removeWebhookEndpoint: t.field({
    type: Removed,
    description: 'Removes an endpoint with its delivery log.',
    errors: {
      types: [NotFoundError],
      union: { description: 'The removed endpoint, or the reason why none was removed.' },
    },
    args: { input: t.arg({ type: EndpointInput, required: true, description: 'The webhook endpoint.' }) },
    resolve: (_root, { input }, ctx) => removeEndpoint(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  rotateWebhookSecret: t.field({
    type: WithSecret,
    description:
      'Rotates the signing secret of an endpoint and shows the new one. For 24 hours requests have signatures of both.',
    errors: {
      types: [NotFoundError],
      union: { description: 'The endpoint with its new secret, or the reason why it was not rotated.' },
    },
    args: { input: t.arg({ type: EndpointInput, required: true, description: 'The webhook endpoint.' }) },
    resolve: (_root, { input }, ctx) => rotateSecret(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  sendTestEvent: t.field({
    type: WebhookDelivery,
    description: 'Sends a `webhook_test` event to an endpoint, whatever event types it selects.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { description: 'The delivery, whose status you can follow by its id, or the reason why there is none.' },
    },
    args: { input: t.arg({ type: EndpointInput, required: true, description: 'The webhook endpoint.' }) },
    resolve: (_root, { input }, ctx) => sendTestEvent(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  redeliverWebhook: t.field({
    type: WebhookDelivery,
    description: 'Delivers an event again now, with the same `webhook-id` and the whole retry schedule.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { description: 'The pending delivery, or the reason why it is not repeated.' },
    },
    args: { input: t.arg({ type: RedeliverInput, required: true, description: 'Id of the delivery.' }) },
    resolve: (_root, { input }, ctx) => redeliver(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  replayWebhooks: t.field({
    type: WebhookEndpoint,
    description:
      'Delivers again all selected events after a cursor. Each event keeps its `webhook-id`, so that receivers can drop duplicates.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { description: 'The endpoint with the earlier cursor, or the reason why it was not moved.' },
    },
    args: { input: t.arg({ type: ReplayInput, required: true, description: 'The endpoint and the cursor.' }) },
    resolve: (_root, { input }, ctx) => replay(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
}))
