import '../graphql/scalars.ts'
import './merchants/schema.ts'
import './staff/schema.ts'
import './staff/team-schema.ts'
import './staff/shops-schema.ts'
import './staff/invitations-schema.ts'
import './api-keys/schema.ts'
import './catalog/schema.ts'
import './content/schema.ts'
import './catalog/events-schema.ts'
import './customers/schema.ts'
import './carts/schema.ts'
import './deliveries/schema.ts'
import './deliveries/events-schema.ts'
import './orders/schema.ts'
import './orders/mutations.ts'
import './orders/payment-fields.ts'
import './orders/events-schema.ts'
import './conversations/schema.ts'
import './conversations/media-fields.ts'
import './conversations/problem-schema.ts'
import './conversations/messages/unknown-schema.ts'
import './conversations/events-schema.ts'
import './media/schema.ts'
import './media/mutations.ts'
import './media/events-schema.ts'
import './payments/schema.ts'
import './payments/merchant-fields.ts'
import './payments/mutations.ts'
import './payments/events-schema.ts'
import './conversations/turns/turns-schema.ts'
import './templates/schema.ts'
import './templates/mutations.ts'
import './templates/preview-schema.ts'
import './notices/schema.ts'
import './notices/mutations.ts'
import './templates/events-schema.ts'
import './events/schema.ts'
import './audit/schema.ts'
import './restores/schema.ts'
import './queues/schema.ts'
import './system/schema.ts'
import './webhooks/schema.ts'
import './webhooks/mutations.ts'
import './api-keys/issued-schema.ts'
import { builder } from '../graphql/builder.ts'
import { assertEventsHaveTypes } from '../graphql/event-type.ts'
import { eventCatalogue } from './events.ts'

/**
 * The whole API: every feature registers itself by being listed above.
 *
 * @throws Error when an event lacks its GraphQL type.
 */
export function buildSchema() {
  const schema = builder.toSchema({ sortSchema: false })
  assertEventsHaveTypes(schema, eventCatalogue.all)
  return schema
}
