import { encodeCursor } from '../../events/cursor.ts'
import type { FeedItem, GapCause } from '../../events/feed.ts'
import { builder } from '../../graphql/builder.ts'
import { EventInterface, typeNameOf } from '../../graphql/event-type.ts'
import { servedInGroups } from '../../graphql/stream-field.ts'
import { eventCatalogue } from '../events.ts'
import { Merchant } from '../merchants/schema.ts'
import { cursorAfter, readEvents, streamRequest } from './service.ts'

export const EventTypeEnum = builder.enumType('EventType', {
  description: 'All public events, by the names that webhooks use as `type`.',
  values: Object.fromEntries(eventCatalogue.all.map(({ type, doc }) => [type, { description: doc }])),
})

EventInterface.implement({
  description: 'An entry of the event log, or a gap in it.',
  resolveType: (item) => (item.kind === 'gap' ? 'GapEvent' : typeNameOf(item.event.type)),
  fields: (t) => ({
    cursor: t.field({
      type: 'EventCursor',
      description: 'Pass it as `after` to continue after this entry.',
      resolve: (item) => cursorAfter(item),
    }),
    type: t.field({
      type: EventTypeEnum,
      nullable: true,
      description: 'Name of the event; null for a gap.',
      resolve: (item) => (item.kind === 'event' ? item.event.type : null),
    }),
    occurredAt: t.field({
      type: 'DateTime',
      description: 'When the event was committed; for a gap, the present instant.',
      resolve: (item) => (item.kind === 'event' ? item.event.occurredAt : new Date()),
    }),
  }),
})

const GapCauseEnum = builder.enumType('GapCause', {
  description: 'The cause of a gap in the event log.',
  values: {
    TRIMMED: { description: 'The events are past the retention of the log.' },
    RESTORED: {
      description:
        'A backup was restored that lacks events which you may have seen. Discard everything that you derived from them.',
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
    "Events after your cursor are not available, because of their age or a restored backup: refetch the data that you keep, then continue from this event's cursor.",
  interfaces: [EventInterface],
  fields: (t) => ({
    cause: t.field({ type: GapCauseEnum, description: 'The cause, for programs.', resolve: ({ cause }) => cause }),
    reason: t.string({
      description: 'The cause as a sentence, for people.',
      resolve: ({ cause }) => GAP_REASONS[cause],
    }),
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
      'The event log after a cursor, oldest first, as a subscription would have sent it. Without a cursor, from its beginning.',
    args: {
      first: t.arg.int({ description: 'Number of events, at most 100; 20 when left out.' }),
      after: t.arg({ type: 'EventCursor', description: 'Start after this cursor.' }),
      types: t.arg({ type: [EventTypeEnum], description: 'Only events of these types; all when left out.' }),
    },
    resolve: (_root, args, ctx) => readEvents(ctx.app, ctx.authorize('events:read'), args),
  }),
)

builder.subscriptionField('events', (t) =>
  t.field({
    type: EventInterface,
    description:
      "The shop's events in order, each once. Pass the last cursor that you saw to miss none; without one you start now.",
    // Subscribers with equal documents are served together, according to this request.
    extensions: { stream: streamRequest },
    args: {
      after: t.arg({ type: 'EventCursor', description: 'Start after this cursor.' }),
      types: t.arg({ type: [EventTypeEnum], description: 'Only events of these types; all when left out.' }),
    },
    subscribe: servedInGroups,
    resolve: (item) => item,
  }),
)

builder.objectField(Merchant, 'eventCursor', (t) =>
  t.field({
    type: 'EventCursor',
    description: 'The present end of the event log. Subscribe after it, then query: no event is missed in between.',
    resolve: async ({ id }, _args, ctx) => {
      ctx.authorize('events:read')
      const { last, incarnation } = await ctx.app.log.bounds(id)
      return encodeCursor(last, incarnation)
    },
  }),
)
