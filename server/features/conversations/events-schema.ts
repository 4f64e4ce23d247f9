import { eventType } from '../../graphql/event-type.ts'
import { Merchant } from '../merchants/schema.ts'
import { loadShop } from '../merchants/service.ts'
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
    description: 'What was written.',
    resolve: (event) => payload(event).messageId,
  }),
  conversation: t.field({
    type: Conversation,
    description: 'Where.',
    resolve: (event) => payload(event).conversationId,
  }),
}))

eventType(messageStatusChanged, (t, payload) => ({
  message: t.field({
    type: Message,
    description: 'The message, as it is now.',
    resolve: (event) => payload(event).messageId,
  }),
  conversation: t.field({
    type: Conversation,
    description: 'Where it was sent.',
    resolve: (event) => payload(event).conversationId,
  }),
  status: t.field({
    type: MessageStatusEnum,
    description: 'What it reached then.',
    resolve: (event) => payload(event).status,
  }),
}))

eventType(conversationHandoff, (t, payload) => ({
  conversation: t.field({
    type: Conversation,
    description: 'The conversation, as it is now.',
    resolve: (event) => payload(event).conversationId,
  }),
  mode: t.field({
    type: ConversationModeEnum,
    description: 'Who answers from then on.',
    resolve: (event) => payload(event).mode,
  }),
  reason: t.field({
    type: HandoffReasonEnum,
    nullable: true,
    description: 'Why a human answers.',
    resolve: (event) => payload(event).reason,
  }),
}))

eventType(conversationRead, (t, payload) => ({
  conversation: t.field({
    type: Conversation,
    description: 'The conversation, as it is now.',
    resolve: (event) => payload(event).conversationId,
  }),
}))

for (const definition of [botConnected, botDisconnected]) {
  eventType(definition, (t) => ({
    merchant: t.field({
      type: Merchant,
      description: 'The shop, as it is now.',
      resolve: ({ event }, _args, ctx) => loadShop(ctx.app, event.merchantId),
    }),
  }))
}
