import { eventType } from '../../graphql/event-type.ts'
import { stockLow } from './events.ts'
import { Variant } from './schema.ts'

eventType(stockLow, (t, payload) => ({
  variant: t.field({
    type: Variant,
    description: 'Current state of the variant.',
    resolve: (event) => payload(event).variantId,
  }),
}))
