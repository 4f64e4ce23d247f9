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
  description: 'An endpoint with its new secret, which is shown this once.',
  fields: (t) => ({
    endpoint: t.field({ type: WebhookEndpoint, description: 'The endpoint.', resolve: ({ endpoint }) => endpoint }),
    secret: t.exposeString('secret', {
      nullable: true,
      description:
        '`whsec_…`: verify signatures with it. Null only when the request is repeated after the secret was replaced.',
    }),
  }),
})

const Removed = builder.objectRef<string>('RemovedWebhookEndpoint').implement({
  description: 'An endpoint that is no more.',
  fields: (t) => ({ id: t.id({ description: 'What identified it.', resolve: (id) => id }) }),
})

const CreateInput = builder.inputType('CreateWebhookEndpointInput', {
  description: 'A new webhook endpoint.',
  fields: (t) => ({
    url: t.string({
      required: true,
      description: 'Where to post to: https, a public address, at most 2048 characters.',
    }),
    description: t.string({ description: 'A note of your own, up to 200 characters.' }),
    eventTypes: t.field({
      type: [EventTypeEnum],
      description: 'What to tell it of; everything when empty or left out.',
    }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const UpdateInput = builder.inputType('UpdateWebhookEndpointInput', {
  description: 'What to change of a webhook endpoint; what is left out stays.',
  fields: (t) => ({
    endpointId: t.id({ required: true, description: 'The endpoint.' }),
    url: t.string({ description: 'Where to post to from now on.' }),
    description: t.string({ description: 'A note of your own, up to 200 characters.' }),
    eventTypes: t.field({ type: [EventTypeEnum], description: 'What to tell it of; an empty list for everything.' }),
    enabled: t.boolean({ description: 'false calls off what is still to be delivered and stops; true begins again.' }),
    catchUp: t.boolean({
      description:
        'With `enabled: true`: deliver also what happened since it was switched off, as far as the log reaches.',
    }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const EndpointInput = builder.inputType('WebhookEndpointInput', {
  description: 'A webhook endpoint to do something with.',
  fields: (t) => ({
    endpointId: t.id({ required: true, description: 'The endpoint.' }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const RedeliverInput = builder.inputType('RedeliverWebhookInput', {
  description: 'A delivery to make again.',
  fields: (t) => ({
    deliveryId: t.id({ required: true, description: 'The delivery.' }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

const ReplayInput = builder.inputType('ReplayWebhooksInput', {
  description: 'Where to begin to deliver again.',
  fields: (t) => ({
    endpointId: t.id({ required: true, description: 'The endpoint.' }),
    after: t.field({
      type: 'EventCursor',
      required: true,
      description: 'Deliver everything after this cursor, at most 10000 events back.',
    }),
    idempotencyKey: t.string({ description: KEY }),
  }),
})

builder.mutationFields((t) => ({
  createWebhookEndpoint: t.field({
    type: WithSecret,
    description: 'Adds an endpoint that is told of events from now on, and shows its secret.',
    errors: { types: [ValidationError], union: { description: 'The endpoint with its secret, or what is wrong.' } },
    args: { input: t.arg({ type: CreateInput, required: true, description: 'The endpoint.' }) },
    resolve: (_root, { input }, ctx) => createEndpoint(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  updateWebhookEndpoint: t.field({
    type: WebhookEndpoint,
    description: 'Changes an endpoint, or switches it on or off.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { description: 'The endpoint as it is now, or why it did not change.' },
    },
    args: { input: t.arg({ type: UpdateInput, required: true, description: 'The change.' }) },
    resolve: (_root, { input }, ctx) => updateEndpoint(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  removeWebhookEndpoint: t.field({
    type: Removed,
    description: 'Removes an endpoint with its delivery log.',
    errors: { types: [NotFoundError], union: { description: 'What was removed, or why nothing was.' } },
    args: { input: t.arg({ type: EndpointInput, required: true, description: 'The endpoint.' }) },
    resolve: (_root, { input }, ctx) => removeEndpoint(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  rotateWebhookSecret: t.field({
    type: WithSecret,
    description: 'Gives an endpoint a new secret and shows it. For 24 hours attempts carry signatures of both.',
    errors: {
      types: [NotFoundError],
      union: { description: 'The endpoint with its new secret, or why there is none.' },
    },
    args: { input: t.arg({ type: EndpointInput, required: true, description: 'The endpoint.' }) },
    resolve: (_root, { input }, ctx) => rotateSecret(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  sendTestEvent: t.field({
    type: WebhookDelivery,
    description: 'Sends a `webhook_test` event to an endpoint, whatever it is told of otherwise.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { description: 'The delivery, to be followed by its id, or why there is none.' },
    },
    args: { input: t.arg({ type: EndpointInput, required: true, description: 'The endpoint.' }) },
    resolve: (_root, { input }, ctx) => sendTestEvent(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  redeliverWebhook: t.field({
    type: WebhookDelivery,
    description: 'Delivers an event again now, with the same `webhook-id`; should it fail, by the whole schedule.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { description: 'The delivery as it is now, or why it is not made again.' },
    },
    args: { input: t.arg({ type: RedeliverInput, required: true, description: 'The delivery.' }) },
    resolve: (_root, { input }, ctx) => redeliver(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
  replayWebhooks: t.field({
    type: WebhookEndpoint,
    description:
      'Delivers again everything an endpoint is told of that happened after a cursor. Each event keeps its `webhook-id`, so that receivers drop what they know.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { description: 'The endpoint with its cursor set back, or why it was not.' },
    },
    args: { input: t.arg({ type: ReplayInput, required: true, description: 'Where and from when.' }) },
    resolve: (_root, { input }, ctx) => replay(ctx.app, ctx.authorize('webhooks:write'), input),
  }),
}))
