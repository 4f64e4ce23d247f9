import { eventType } from '../../graphql/event-type.ts'
import { deliveryCompleted, deliveryStarted } from './events.ts'

// Their field `order` comes from orders/events-schema.ts: deliveries know orders by id alone.
eventType(deliveryStarted)
eventType(deliveryCompleted)
