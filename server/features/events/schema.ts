import { encodeCursor } from '../../events/cursor.ts'
import type { FeedItem, GapCause } from '../../events/feed.ts'
import { builder } from '../../graphql/builder.ts'
import { EventInterface, typeNameOf } from '../../graphql/event-type.ts'
import { servedInGroups } from '../../graphql/stream-field.ts'
import { eventCatalogue } from '../events.ts'
import { Merchant } from '../merchants/schema.ts'
import { cursorAfter, readEvents, streamRequest } from './service.ts'

export const EventTypeEnum = builder.enumType('EventType', {
  description: 'Every public event, under the name webhooks carry too.',
  values: Object.fromEntries(eventCatalogue.all.map(({ type, doc }) => [type, { description: doc }])),
})

EventInterface.implement({
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
