import { cacheExchange, type Cache, type CacheExchangeOpts } from '@urql/exchange-graphcache'
import type { Exchange } from '@urql/core'
import { listConversation, listMessage } from './features/conversations/conversation-cache.ts'
import { listMediaAsset } from './features/media/media-cache.ts'
import { ORDER_ACTIONS } from './features/orders/order-actions.ts'
import { listOrder } from './features/orders/order-cache.ts'
import { listTemplate } from './features/templates/template-cache.ts'
import type {
  ArchiveTemplateMutation,
  ConversationActionInput,
  CreateTemplateMutation,
  CustomizeNoticeMutation,
  MarkConversationReadMutation,
  RemoveMediaMutation,
  RestoreMediaMutation,
  RestoreTemplateMutation,
  ResumeBotMutation,
  RetryMediaMutation,
  SendMessageMutation,
  SendTemplateMutation,
  SubmitTemplateMutation,
  TakeOverConversationMutation,
  TransitionOrderInput,
  TransitionOrderMutation,
  UpdateTemplateMutation,
  UploadMediaMutation,
} from './generated/operations.ts'
import introspection from './generated/introspection.json'
import type { LiveEvent } from './graphql/follow-events.ts'
import { keysOf, type SchemaShape } from './graphql/keys.ts'

/** Takes an event into the lists. The entities it carries have updated themselves by then. */
export function applyEvent(cache: Cache, event: LiveEvent): void {
  switch (event.__typename) {
    case 'OrderCreatedEvent':
    case 'OrderStatusChangedEvent':
    case 'DeliveryStartedEvent':
    case 'DeliveryCompletedEvent':
    case 'PaymentReceivedEvent':
    case 'PaymentFailedEvent':
    case 'PaymentStatusChangedEvent':
    case 'PaymentRefundedEvent':
      return listOrder(cache, event.order.id)
    case 'MessageReceivedEvent':
    case 'MessageStatusChangedEvent':
      listMessage(cache, event.conversation.id, event.message.id)
      return listConversation(cache, event.conversation.id)
    case 'ConversationReadEvent':
    case 'ConversationHandoffEvent':
      return listConversation(cache, event.conversation.id)
    case 'TemplateStatusChangedEvent':
      return listTemplate(cache, event.template.id)
    case 'MediaProcessedEvent':
      return event.mediaAsset ? listMediaAsset(cache, event.mediaAsset.id) : undefined
    // These change no list: the entities they carry are enough, and after a gap everything is asked again.
    case 'BotConnectedEvent':
    case 'BotDisconnectedEvent':
    case 'StockLowEvent':
    case 'GapEvent':
      return
    default:
      // A new event does not compile until it is placed above.
      event satisfies never
  }
}

type ConversationOutcome =
  | TakeOverConversationMutation['takeOverConversation']
  | ResumeBotMutation['resumeBot']
  | MarkConversationReadMutation['markConversationRead']

function placeOutcome(cache: Cache, outcome: ConversationOutcome): void {
  if (outcome.__typename === 'Conversation') listConversation(cache, outcome.id)
}

type SendOutcome = SendMessageMutation['sendMessage'] | SendTemplateMutation['sendTemplate']

function placeSent(cache: Cache, outcome: SendOutcome): void {
  if (outcome.__typename !== 'Message') return
  listMessage(cache, outcome.conversation.id, outcome.id)
  listConversation(cache, outcome.conversation.id)
}

type TemplateOutcome =
  | CreateTemplateMutation['createTemplate']
  | UpdateTemplateMutation['updateTemplate']
  | ArchiveTemplateMutation['archiveTemplate']
  | RestoreTemplateMutation['restoreTemplate']
  | SubmitTemplateMutation['submitTemplate']
  | CustomizeNoticeMutation['customizeNotice']

/** Which texts a notice has, and which versions a template, is the server's to say again. */
function placeChangedTemplate(cache: Cache, outcome: TemplateOutcome): void {
  if (outcome.__typename !== 'Template') return
  listTemplate(cache, outcome.id)
  cache.invalidate('Query', 'notices')
  cache.invalidate({ __typename: 'Template', id: outcome.id }, 'versions')
}

type MediaOutcome =
  | UploadMediaMutation['uploadMedia']
  | RetryMediaMutation['retryMedia']
  | RemoveMediaMutation['removeMedia']
  | RestoreMediaMutation['restoreMedia']

function placeAsset(cache: Cache, outcome: MediaOutcome): void {
  if (outcome.__typename === 'MediaAsset') listMediaAsset(cache, outcome.id)
}

const conversation = (args: unknown, changes: Record<string, string | number | null>) => ({
  __typename: 'Conversation',
  id: (args as { input: ConversationActionInput }).input.conversationId,
  ...changes,
})

/** A fresh normalised cache, aware of the schema, fed by the one subscription `events`. */
export function createCache(): Exchange {
  return cacheExchange({
    schema: introspection as unknown as NonNullable<CacheExchangeOpts['schema']>,
    keys: keysOf(introspection as SchemaShape),
    updates: {
      Subscription: {
        events: (result, _args, cache) => applyEvent(cache, (result as { events: LiveEvent }).events),
      },
      Mutation: {
        transitionOrder: (result, _args, cache) => {
          const outcome = (result as TransitionOrderMutation).transitionOrder
          if (outcome.__typename === 'Order') listOrder(cache, outcome.id)
        },
        sendMessage: (result, _args, cache) => placeSent(cache, (result as SendMessageMutation).sendMessage),
        sendTemplate: (result, _args, cache) => placeSent(cache, (result as SendTemplateMutation).sendTemplate),
        takeOverConversation: (result, _args, cache) =>
          placeOutcome(cache, (result as TakeOverConversationMutation).takeOverConversation),
        resumeBot: (result, _args, cache) => placeOutcome(cache, (result as ResumeBotMutation).resumeBot),
        markConversationRead: (result, _args, cache) =>
          placeOutcome(cache, (result as MarkConversationReadMutation).markConversationRead),
        uploadMedia: (result, _args, cache) => placeAsset(cache, (result as UploadMediaMutation).uploadMedia),
        retryMedia: (result, _args, cache) => placeAsset(cache, (result as RetryMediaMutation).retryMedia),
        removeMedia: (result, _args, cache) => placeAsset(cache, (result as RemoveMediaMutation).removeMedia),
        restoreMedia: (result, _args, cache) => placeAsset(cache, (result as RestoreMediaMutation).restoreMedia),
        createTemplate: (result, _args, cache) =>
          placeChangedTemplate(cache, (result as CreateTemplateMutation).createTemplate),
        updateTemplate: (result, _args, cache) =>
          placeChangedTemplate(cache, (result as UpdateTemplateMutation).updateTemplate),
        archiveTemplate: (result, _args, cache) =>
          placeChangedTemplate(cache, (result as ArchiveTemplateMutation).archiveTemplate),
        restoreTemplate: (result, _args, cache) =>
          placeChangedTemplate(cache, (result as RestoreTemplateMutation).restoreTemplate),
        submitTemplate: (result, _args, cache) =>
          placeChangedTemplate(cache, (result as SubmitTemplateMutation).submitTemplate),
        customizeNotice: (result, _args, cache) =>
          placeChangedTemplate(cache, (result as CustomizeNoticeMutation).customizeNotice),
        signIn: () => undefined,
      },
    },
    // Shown until the server answers, then rolled back or confirmed.
    optimistic: {
      transitionOrder: (args) => {
        const { orderId, action } = (args as { input: TransitionOrderInput }).input
        return { __typename: 'Order', id: orderId, status: ORDER_ACTIONS[action].target, allowedActions: [] }
      },
      takeOverConversation: (args) => conversation(args, { mode: 'HUMAN' }),
      resumeBot: (args) => conversation(args, { mode: 'BOT', handoffReason: null }),
      markConversationRead: (args) => conversation(args, { unreadCount: 0 }),
    },
  })
}
