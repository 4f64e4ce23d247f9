import { eventType } from '../../graphql/event-type.ts'
import { stockLow } from './events.ts'
import { Variant } from './schema.ts'

eventType(stockLow, (t, payload) => ({
  variant: t.field({
    type: Variant,
    description: 'The variant, as it is now.',
    resolve: (event) => payload(event).variantId,
  }),
}))
