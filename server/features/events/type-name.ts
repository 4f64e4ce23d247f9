import { isObjectType, type GraphQLSchema } from 'graphql'

/** The GraphQL type of an event: `order_created` is an OrderCreatedEvent. */
export const typeNameOf = (type: string): string =>
  `${type
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Event`

/**
 * Checks that every event has its GraphQL type: without it, each subscriber and each page that holds the event would be
 * answered `data: null`.
 *
 * @throws Error that says what to add, and where.
 */
export function assertEventsHaveTypes(schema: GraphQLSchema, events: readonly { type: string }[]): void {
  for (const { type } of events) {
    const found = schema.getType(typeNameOf(type))
    if (isObjectType(found) && found.getInterfaces().some(({ name }) => name === 'Event')) continue
    throw new Error(
      `The event "${type}" has no GraphQL type ${typeNameOf(type)}; call eventType(...) with its definition in server/features/events/schema.ts, then run "npm run schema".`,
    )
  }
}
