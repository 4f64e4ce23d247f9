import type { Cache } from '@urql/exchange-graphcache'
import type {
  ConversationActionInput,
  ConversationFilter,
  ConversationRowFragment,
  MarkConversationReadMutation,
  ResumeBotMutation,
  SendMessageMutation,
  SendTemplateMutation,
  TakeOverConversationMutation,
} from '../../generated/operations.ts'
import type { FeatureCache } from '../../graphql/feature-cache.ts'
import { putInConnections } from '../../graphql/connections.ts'

/** Updates every cached list of conversations after one changed; the latest message sorts first. */
export function listConversation(cache: Cache, id: string): void {
  const conversation = cache.keyOfEntity({ __typename: 'Conversation', id })
  if (!conversation) return
  const mode = cache.resolve(conversation, 'mode')
  const unread = Number(cache.resolve(conversation, 'unreadCount')) > 0
  putInConnections(cache, {
    parent: 'Query',
    field: 'conversations',
    typename: 'Conversation',
    id,
    sortField: 'lastMessageAt',
    belongs: (args) => {
      const filter = (args['filter'] ?? {}) as ConversationFilter
      if (filter.search) return null
      if (filter.mode && filter.mode !== mode) return false
      return filter.unread === undefined || filter.unread === null || filter.unread === unread
    },
  })
}

/** Updates the message list of its conversation; the newest sorts first. */
export function listMessage(cache: Cache, conversationId: string, messageId: string): void {
  const conversation = cache.keyOfEntity({ __typename: 'Conversation', id: conversationId })
  if (!conversation) return
  putInConnections(cache, {
    parent: conversation,
    field: 'messages',
    typename: 'Message',
    id: messageId,
    sortField: 'occurredAt',
    belongs: () => true,
  })
}

type Sent = SendMessageMutation['sendMessage'] | SendTemplateMutation['sendTemplate']

function listSentMessage(cache: Cache, outcome: Sent): void {
  if (outcome.__typename !== 'Message') return
  listMessage(cache, outcome.conversation.id, outcome.id)
  listConversation(cache, outcome.conversation.id)
}

function listMessageOf(event: { message: { id: string }; conversation: { id: string } }, cache: Cache): void {
  listMessage(cache, event.conversation.id, event.message.id)
  listConversation(cache, event.conversation.id)
}

const listConversationOf = ({ conversation }: { conversation: { id: string } }, cache: Cache): void =>
  listConversation(cache, conversation.id)

function listOutcome(cache: Cache, outcome: TakeOverConversationMutation['takeOverConversation']): void {
  if (outcome.__typename === 'Conversation') listConversation(cache, outcome.id)
}

type ConversationChanges = Partial<Pick<ConversationRowFragment, 'mode' | 'handoffReason' | 'unreadCount'>>

const withChanges =
  (changes: ConversationChanges) =>
  ({ input }: { input: ConversationActionInput }) => ({
    __typename: 'Conversation',
    id: input.conversationId,
    ...changes,
  })

export const conversationCache = {
  updates: {
    sendMessage: (result: SendMessageMutation, _args, cache) => listSentMessage(cache, result.sendMessage),
    sendTemplate: (result: SendTemplateMutation, _args, cache) => listSentMessage(cache, result.sendTemplate),
    takeOverConversation: (result: TakeOverConversationMutation, _args, cache) =>
      listOutcome(cache, result.takeOverConversation),
    resumeBot: (result: ResumeBotMutation, _args, cache) => listOutcome(cache, result.resumeBot),
    markConversationRead: (result: MarkConversationReadMutation, _args, cache) =>
      listOutcome(cache, result.markConversationRead),
  },
  events: {
    MessageReceivedEvent: listMessageOf,
    MessageStatusChangedEvent: listMessageOf,
    ConversationReadEvent: listConversationOf,
    ConversationHandoffEvent: listConversationOf,
  },
  optimistic: {
    takeOverConversation: withChanges({ mode: 'HUMAN' }),
    resumeBot: withChanges({ mode: 'BOT', handoffReason: null }),
    markConversationRead: withChanges({ unreadCount: 0 }),
  },
} satisfies FeatureCache
