import { eventType } from '../../graphql/event-type.ts'
import { Merchant } from '../merchants/schema.ts'
import { loadMerchant } from '../merchants/service.ts'
import {
  botConnected,
  botDisconnected,
  conversationHandoff,
  conversationRead,
  messageReceived,
  messageStatusChanged,
} from './events.ts'
import { Message, MessageStatusEnum } from './messages/message-schema.ts'
import { Conversation, ConversationModeEnum, HandoffReasonEnum } from './schema.ts'

eventType(messageReceived, (t, payload) => ({
  message: t.field({
    type: Message,
    description: 'The message that the customer sent.',
    resolve: (event) => payload(event).messageId,
  }),
  conversation: t.field({
    type: Conversation,
    description: 'The conversation of the message.',
    resolve: (event) => payload(event).conversationId,
  }),
}))

eventType(messageStatusChanged, (t, payload) => ({
  message: t.field({
    type: Message,
    description: 'The message in its current state.',
    resolve: (event) => payload(event).messageId,
  }),
  conversation: t.field({
    type: Conversation,
    description: 'The conversation of the message.',
    resolve: (event) => payload(event).conversationId,
  }),
  status: t.field({
    type: MessageStatusEnum,
    description: 'The status that the message reached with this event.',
    resolve: (event) => payload(event).status,
  }),
}))

eventType(conversationHandoff, (t, payload) => ({
  conversation: t.field({
    type: Conversation,
    description: 'The conversation in its current state.',
    resolve: (event) => payload(event).conversationId,
  }),
  mode: t.field({
    type: ConversationModeEnum,
    description: 'Whether the bot or staff answer since this event.',
    resolve: (event) => payload(event).mode,
  }),
  reason: t.field({
    type: HandoffReasonEnum,
    nullable: true,
    description: 'The reason of the handoff to a human; null when the conversation went back to the bot.',
    resolve: (event) => payload(event).reason,
  }),
}))

eventType(conversationRead, (t, payload) => ({
  conversation: t.field({
    type: Conversation,
    description: 'The conversation in its current state.',
    resolve: (event) => payload(event).conversationId,
  }),
}))

for (const definition of [botConnected, botDisconnected]) {
  eventType(definition, (t) => ({
    merchant: t.field({
      type: Merchant,
      description: 'The shop in its current state.',
      resolve: ({ event }, _args, ctx) => loadMerchant(ctx.app, event.merchantId),
    }),
  }))
}
