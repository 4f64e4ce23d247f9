import { builder } from '../../graphql/builder.ts'
import { servedInGroups } from '../../graphql/stream-field.ts'
import { encodeCursor } from '../../events/cursor.ts'
import type { FeedItem, GapCause } from '../../events/feed.ts'
import type { EventDefinition } from '../../events/kit.ts'
import { Variant } from '../catalog/schema.ts'
import { stockLow } from '../catalog/events.ts'
import {
  botConnected,
  botDisconnected,
  conversationHandoff,
  conversationRead,
  messageReceived,
  messageStatusChanged,
} from '../conversations/events.ts'
import {
  Conversation,
  ConversationModeEnum,
  HandoffReasonEnum,
  Message,
  MessageStatusEnum,
} from '../conversations/schema.ts'
import { deliveryCompleted, deliveryStarted } from '../deliveries/events.ts'
import { Merchant } from '../merchants/schema.ts'
import { loadShop } from '../merchants/service.ts'
import { mediaProcessed } from '../media/events.ts'
import { findMedia } from '../media/queries.ts'
import { MediaAsset } from '../media/schema.ts'
import { orderCreated, orderStatusChanged } from '../orders/events.ts'
import { Order, OrderStatusEnum } from '../orders/schema.ts'
import { paymentFailed, paymentReceived, paymentRefunded, paymentStatusChanged } from '../payments/events.ts'
import { Payment, PaymentStatusEnum } from '../payments/schema.ts'
import { templateStatusChanged } from '../templates/events.ts'
import { Template, TemplateApprovalEnum } from '../templates/schema.ts'
import { eventCatalogue } from '../events.ts'
import { cursorAfter, readEvents, streamRequest } from './service.ts'
import { typeNameOf } from './type-name.ts'

type Logged = FeedItem & { kind: 'event' }

export const EventTypeEnum = builder.enumType('EventType', {
  description: 'Every public event, under the name webhooks carry too.',
  values: Object.fromEntries(eventCatalogue.all.map(({ type, doc }) => [type, { description: doc }])),
})

const EventInterface = builder.interfaceRef<FeedItem>('Event').implement({
  description: 'An entry of the event log.',
  resolveType: (item) => (item.kind === 'gap' ? 'GapEvent' : typeNameOf(item.event.type)),
  fields: (t) => ({
    cursor: t.field({
      type: 'EventCursor',
      description: 'Continue after it.',
      resolve: (item) => cursorAfter(item),
    }),
    type: t.field({
      type: EventTypeEnum,
      nullable: true,
      description: 'Its name; null for a gap.',
      resolve: (item) => (item.kind === 'event' ? item.event.type : null),
    }),
    occurredAt: t.field({
      type: 'DateTime',
      description: 'When it happened.',
      resolve: (item) => (item.kind === 'event' ? item.event.occurredAt : new Date()),
    }),
  }),
})

/** The GraphQL type of an event. `data` reads its payload as its definition promises it. */
function eventType<Data>(definition: Pick<EventDefinition<string, Data>, 'type' | 'doc' | 'schema'>) {
  const ref = builder.objectRef<Logged>(typeNameOf(definition.type)).implement({
    description: definition.doc,
    interfaces: [EventInterface],
    fields: (t) => ({
      payload: t.field({
        type: 'JSON',
        description: 'What webhooks carry as data.',
        resolve: ({ event }) => event.data,
      }),
    }),
  })
  return { ref, data: ({ event }: Logged): Data => definition.schema.parse(event.data) }
}

for (const definition of [orderCreated, deliveryStarted, deliveryCompleted] as const) {
  const { ref, data } = eventType<{ orderId: string }>(definition)
  builder.objectField(ref, 'order', (t) =>
    t.field({ type: Order, description: 'The order, as it is now.', resolve: (item) => data(item).orderId }),
  )
}

const paymentEvents = [paymentReceived, paymentFailed, paymentRefunded, paymentStatusChanged].map((definition) => {
  const { ref, data } = eventType<{ orderId: string; paymentId: string }>(definition)
  builder.objectFields(ref, (t) => ({
    order: t.field({ type: Order, description: 'The order, as it is now.', resolve: (item) => data(item).orderId }),
    payment: t.field({
      type: Payment,
      description: 'The payment, as it is now.',
      resolve: (item) => data(item).paymentId,
    }),
  }))
  return ref
})
for (const ref of paymentEvents.slice(-1))
  builder.objectFields(ref, (t) => ({
    from: t.field({
      type: PaymentStatusEnum,
      description: 'What the payment was.',
      resolve: ({ event }) => paymentStatusChanged.schema.parse(event.data).from,
    }),
    to: t.field({
      type: PaymentStatusEnum,
      description: 'What it became.',
      resolve: ({ event }) => paymentStatusChanged.schema.parse(event.data).to,
    }),
  }))

const statusChanged = eventType(orderStatusChanged)
builder.objectFields(statusChanged.ref, (t) => ({
  order: t.field({
    type: Order,
    description: 'The order, as it is now.',
    resolve: (item) => statusChanged.data(item).orderId,
  }),
  from: t.field({
    type: OrderStatusEnum,
    description: 'What it was.',
    resolve: (item) => statusChanged.data(item).from,
  }),
  to: t.field({
    type: OrderStatusEnum,
    description: 'What it became.',
    resolve: (item) => statusChanged.data(item).to,
  }),
}))

const received = eventType(messageReceived)
builder.objectFields(received.ref, (t) => ({
  message: t.field({
    type: Message,
    description: 'What was written.',
    resolve: (item) => received.data(item).messageId,
  }),
  conversation: t.field({
    type: Conversation,
    description: 'Where.',
    resolve: (item) => received.data(item).conversationId,
  }),
}))

const rose = eventType(messageStatusChanged)
builder.objectFields(rose.ref, (t) => ({
  message: t.field({
    type: Message,
    description: 'The message, as it is now.',
    resolve: (item) => rose.data(item).messageId,
  }),
  conversation: t.field({
    type: Conversation,
    description: 'Where it was sent.',
    resolve: (item) => rose.data(item).conversationId,
  }),
  status: t.field({
    type: MessageStatusEnum,
    description: 'What it reached then.',
    resolve: (item) => rose.data(item).status,
  }),
}))

const low = eventType(stockLow)
builder.objectField(low.ref, 'variant', (t) =>
  t.field({ type: Variant, description: 'The variant, as it is now.', resolve: (item) => low.data(item).variantId }),
)

const handoff = eventType(conversationHandoff)
builder.objectFields(handoff.ref, (t) => ({
  conversation: t.field({
    type: Conversation,
    description: 'The conversation, as it is now.',
    resolve: (item) => handoff.data(item).conversationId,
  }),
  mode: t.field({
    type: ConversationModeEnum,
    description: 'Who answers from then on.',
    resolve: (item) => handoff.data(item).mode,
  }),
  reason: t.field({
    type: HandoffReasonEnum,
    nullable: true,
    description: 'Why a human answers.',
    resolve: (item) => handoff.data(item).reason,
  }),
}))

const read = eventType(conversationRead)
builder.objectField(read.ref, 'conversation', (t) =>
  t.field({
    type: Conversation,
    description: 'The conversation, as it is now.',
    resolve: (item) => read.data(item).conversationId,
  }),
)

const processed = eventType(mediaProcessed)
builder.objectField(processed.ref, 'mediaAsset', (t) =>
  t.field({
    type: MediaAsset,
    nullable: true,
    description: 'The picture, as it is now; null once its files are deleted.',
    resolve: async (item, _args, ctx) => findMedia(ctx.app, item.event.merchantId, processed.data(item).mediaId),
  }),
)

const template = eventType(templateStatusChanged)
builder.objectFields(template.ref, (t) => ({
  template: t.field({
    type: Template,
    description: 'The template, as it is now.',
    resolve: (item) => template.data(item).templateId,
  }),
  from: t.field({
    type: TemplateApprovalEnum,
    description: 'Where it stood.',
    resolve: (item) => template.data(item).from,
  }),
  to: t.field({
    type: TemplateApprovalEnum,
    description: 'Where it stands.',
    resolve: (item) => template.data(item).to,
  }),
}))

for (const definition of [botConnected, botDisconnected] as const) {
  const { ref } = eventType(definition)
  builder.objectField(ref, 'merchant', (t) =>
    t.field({
      type: Merchant,
      description: 'The shop, as it is now.',
      resolve: ({ event }, _args, ctx) => loadShop(ctx.app, event.merchantId),
    }),
  )
}

const GapCauseEnum = builder.enumType('GapCause', {
  description: 'Why events cannot be sent.',
  values: {
    TRIMMED: { description: 'They are older than the log is kept.' },
    RESTORED: {
      description:
        'A backup was restored, and events that you may have seen never happened in it. Anything you derived from them is wrong.',
    },
  } satisfies Record<GapCause, { description: string }>,
})

const GAP_REASONS: Record<GapCause, string> = {
  TRIMMED: 'Older events are no longer kept. Refetch what you show and continue from this cursor.',
  RESTORED:
    'A backup was restored: events after this cursor are not those you may have seen. Refetch everything you keep, dropping what is no longer there, and continue from this cursor.',
}

builder.objectRef<FeedItem & { kind: 'gap' }>('GapEvent').implement({
  description:
    "Events after your cursor cannot be sent, by age or because a backup was restored: refetch what you keep, then continue from this event's cursor.",
  interfaces: [EventInterface],
  fields: (t) => ({
    cause: t.field({ type: GapCauseEnum, description: 'Why, for programs.', resolve: ({ cause }) => cause }),
    reason: t.string({ description: 'What happened, for people.', resolve: ({ cause }) => GAP_REASONS[cause] }),
  }),
})

const EventConnection = builder.connectionObject(
  { type: EventInterface, name: 'EventConnection', description: 'A page of the event log.' },
  { name: 'EventEdge', description: 'An event in a page.' },
)

builder.queryField('eventLog', (t) =>
  t.field({
    type: EventConnection,
    description:
      'The log after a cursor, oldest first: what a subscription would have sent. Without a cursor, from its beginning.',
    args: {
      first: t.arg.int({ description: 'At most 100; 20 when not given.' }),
      after: t.arg({ type: 'EventCursor', description: 'Start after this one.' }),
      types: t.arg({ type: [EventTypeEnum], description: 'Only these; all when not given.' }),
    },
    resolve: (_root, args, ctx) => readEvents(ctx.app, ctx.authorize('events:read'), args),
  }),
)

builder.subscriptionField('events', (t) =>
  t.field({
    type: EventInterface,
    description:
      "The shop's events in order, each once. Pass the last cursor you saw to miss nothing; without one you start now.",
    // Subscribers with equal documents are served together, by what this says they want.
    extensions: { stream: streamRequest },
    args: {
      after: t.arg({ type: 'EventCursor', description: 'Start after this one.' }),
      types: t.arg({ type: [EventTypeEnum], description: 'Only these; all when not given.' }),
    },
    subscribe: servedInGroups,
    resolve: (item) => item,
  }),
)

builder.objectField(Merchant, 'eventCursor', (t) =>
  t.field({
    type: 'EventCursor',
    description: 'Where the event log ends now. Subscribe after it, then read: nothing falls in between.',
    resolve: async ({ id }, _args, ctx) => {
      ctx.authorize('events:read')
      const { last, incarnation } = await ctx.app.log.bounds(id)
      return encodeCursor(last, incarnation)
    },
  }),
)
