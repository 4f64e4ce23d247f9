import type { Cache } from '@urql/exchange-graphcache'
import { putInConnections } from '../../graphql/connections.ts'
import type { ConversationFilter } from '../../generated/operations.ts'

/** Puts a conversation where it belongs in every list of conversations, the latest first. */
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

/** Puts a message where it belongs in its conversation, the newest first. */
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
