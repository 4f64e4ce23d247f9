import { createEventCatalogue } from '../events/kit.ts'
import { stockLow } from './catalog/events.ts'
import {
  botConnected,
  botDisconnected,
  conversationHandoff,
  conversationRead,
  messageReceived,
  messageStatusChanged,
} from './conversations/events.ts'
import { deliveryCompleted, deliveryStarted } from './deliveries/events.ts'
import { mediaProcessed } from './media/events.ts'
import { orderCreated, orderStatusChanged } from './orders/events.ts'
import { paymentFailed, paymentReceived, paymentRefunded, paymentStatusChanged } from './payments/events.ts'
import { templateStatusChanged } from './templates/events.ts'

/** Every public event. */
export const eventCatalogue = createEventCatalogue([
  messageReceived,
  messageStatusChanged,
  conversationHandoff,
  conversationRead,
  botConnected,
  botDisconnected,
  orderCreated,
  orderStatusChanged,
  paymentReceived,
  paymentFailed,
  paymentRefunded,
  paymentStatusChanged,
  deliveryStarted,
  deliveryCompleted,
  stockLow,
  mediaProcessed,
  templateStatusChanged,
])
