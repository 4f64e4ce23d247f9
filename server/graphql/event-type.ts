import type { FieldMap } from '@pothos/core'
import { isInterfaceType, type GraphQLSchema } from 'graphql'
import type { FeedItem } from '../events/feed.ts'
import type { EventDefinition } from '../events/kit.ts'
import { builder } from './builder.ts'

/** An event of the log, as its GraphQL type resolves it. */
export type LoggedEvent = FeedItem & { kind: 'event' }

/** The interface of all events; features/events/schema.ts describes its fields. */
export const EventInterface = builder.interfaceRef<FeedItem>('Event')

type Described<Data> = Pick<EventDefinition<string, Data>, 'type' | 'doc' | 'schema'>
type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Known> ? Known : never

/** Fields of an event's type; `payload` reads an event's data, parsed by the schema of its definition. */
type EventFields<Data> = (
  t: PothosSchemaTypes.ObjectFieldBuilder<Types, LoggedEvent>,
  payload: (item: LoggedEvent) => Data,
) => FieldMap

/** The GraphQL type of an event: `order_created` is an OrderCreatedEvent. */
export const typeNameOf = (type: string): string =>
  `${type
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Event`

/**
 * Defines the GraphQL type of an event, in the schema of the feature that defines the event. Name, description and
 * `payload` come from the definition; `fields` adds the objects whose ids the payload has.
 */
export function eventType<Data>(definition: Described<Data>, fields?: EventFields<Data>): void {
  builder.objectRef<LoggedEvent>(typeNameOf(definition.type)).implement({
    description: definition.doc,
    interfaces: [EventInterface],
    fields: (t) => ({
      payload: t.field({
        type: 'JSON',
        description:
          'The payload of the event, the same object as `data` of its webhook; docs/events has its JSON Schema.',
        resolve: ({ event }) => event.data,
      }),
    }),
  })
  if (fields) eventFields(definition, fields)
}

/** Extends the type of an event of another feature, by name. */
export function eventFields<Data>(definition: Described<Data>, fields: EventFields<Data>): void {
  builder.objectFields(typeNameOf(definition.type) as never, (t) =>
    fields(t, ({ event }) => definition.schema.parse(event.data)),
  )
}

/**
 * Checks that the event catalogue and the GraphQL types of events match one to one. Without a type, every subscription and
 * page that contains the event would answer `data: null`; without its line in the catalogue, relays do not know the event.
 *
 * @throws Error that says what to add, and where.
 */
export function assertEventsHaveTypes(schema: GraphQLSchema, events: readonly { type: string }[]): void {
  const found = schema.getType('Event')
  const implementing = isInterfaceType(found) ? schema.getImplementations(found).objects.map(({ name }) => name) : []
  for (const { type } of events) {
    if (implementing.includes(typeNameOf(type))) continue
    throw new Error(
      `The event "${type}" has no GraphQL type ${typeNameOf(type)}; call eventType(...) with its definition in the schema.ts of its feature, then run "npm run schema".`,
    )
  }
  const expected = new Set(['GapEvent', ...events.map(({ type }) => typeNameOf(type))])
  for (const name of implementing) {
    if (expected.has(name)) continue
    throw new Error(
      `The GraphQL type ${name} belongs to an event that is not in the catalogue; add its definition to server/features/events.ts.`,
    )
  }
}
