import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { batchLoader, inOrder } from '../../graphql/loader.ts'
import type { ConversationMode } from '../../generated/prisma/enums.ts'
import { NotFoundError, ValidationError } from '../../errors.ts'
import { Customer } from '../customers/schema.ts'
import { presentMember, StaffMember } from '../staff/schema.ts'
import type { HandoffReason } from './domain.ts'
import { Message } from './messages/message-schema.ts'
import {
  findConversation,
  findConversations,
  findMessages,
  loadConversations,
  loadConversationsOfCustomers,
  type ConversationRow,
} from './queries.ts'
import { markConversationRead, resumeBot, sendReply, takeOverConversation } from './service.ts'

const shopOf = (ctx: RequestContext): string => ctx.authorize('conversations:read').merchantId
/** A bot sees its own customer's conversation only. */
const onlyCustomer = ({ actor }: RequestContext): string | undefined =>
  actor?.kind === 'BOT' ? actor.customerId : undefined

export const Conversation = builder.loadableObjectRef<ConversationRow, string>('Conversation', {
  load: async (ids, ctx) => inOrder(ids, await loadConversations(ctx.app, shopOf(ctx), ids), 'Conversation'),
})

export const ConversationModeEnum = builder.enumType('ConversationMode', {
  description: 'Who answers.',
  values: {
    BOT: { description: 'The bot answers.' },
    HUMAN: { description: 'Staff answer; the bot is silent.' },
  } satisfies Record<ConversationMode, { description: string }>,
})
export const HandoffReasonEnum = builder.enumType('HandoffReason', {
  description: 'Why a human answers.',
  values: {
    CUSTOMER_ASKED: { description: 'The customer asked for a person.' },
    BOT_FAILED: { description: 'The bot could not answer.' },
    BOT_LOST: {
      description:
        'Bots took the message again and again and went away before they answered. The customer was told nothing.',
    },
    STAFF_TOOK_OVER: { description: 'A member of staff took over.' },
    PROBLEM_REPORTED: { description: 'The customer reported a problem with an order.' },
  } satisfies Record<HandoffReason, { description: string }>,
})

builder.objectField(Message, 'conversation', (t) =>
  t.field({
    type: Conversation,
    description: 'Where it was written.',
    resolve: (message) => message.conversationId,
  }),
)

const MessageConnection = builder.connectionObject(
  { type: Message, name: 'MessageConnection', description: 'A page of messages.' },
  { name: 'MessageEdge', description: 'A message in a page.' },
)
const ConversationConnection = builder.connectionObject(
  { type: Conversation, name: 'ConversationConnection', description: 'A page of conversations.' },
  { name: 'ConversationEdge', description: 'A conversation in a page.' },
)

Conversation.implement({
  description: 'The chat between a customer and a number of the shop.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the conversation.' }),
    customer: t.field({
      type: Customer,
      description: 'Who the shop talks with.',
      resolve: (conversation) => conversation.customerId,
    }),
    mode: t.field({
      type: ConversationModeEnum,
      description: 'Who answers now.',
      resolve: (conversation) => conversation.mode,
    }),
    handoffReason: t.field({
      type: HandoffReasonEnum,
      nullable: true,
      description: 'Why a human answers.',
      resolve: (conversation) => conversation.handoffReason,
    }),
    assignee: t.field({
      type: StaffMember,
      nullable: true,
      description: 'Who took it over.',
      resolve: ({ assigneeId }, _args, ctx) => (assigneeId ? presentMember(ctx).load(assigneeId) : null),
    }),
    unreadCount: t.exposeInt('unreadCount', { description: 'Messages of the customer that staff have not seen.' }),
    lastMessageText: t.exposeString('lastMessageText', { description: 'What was said last.' }),
    lastMessageAt: t.field({
      type: 'DateTime',
      description: 'When.',
      resolve: (conversation) => conversation.lastMessageAt,
    }),
    windowExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Free-form messages can be sent until then; null before the first incoming message.',
      resolve: (conversation) => conversation.windowExpiresAt,
    }),
    messages: t.connection(
      {
        type: Message,
        description: 'Newest first.',
        resolve: (conversation, args, ctx) =>
          keysetConnection(args, findMessages(ctx.app, shopOf(ctx), conversation.id)),
      },
      MessageConnection,
    ),
  }),
})

/** The latest conversation of a customer, batched over all customers of a request. */
export const conversationOfCustomer = batchLoader<string, ConversationRow | null>(
  async (customerIds, ctx) =>
    new Map(
      (await loadConversationsOfCustomers(ctx.app, shopOf(ctx), customerIds)).map((row) => [row.customerId, row]),
    ),
  () => null,
)

builder.objectField(Customer, 'conversation', (t) =>
  t.field({
    type: Conversation,
    nullable: true,
    description: 'The chat with the customer.',
    resolve: (customer, _args, ctx) => conversationOfCustomer(ctx).load(customer.id),
  }),
)
const ConversationFilter = builder.inputType('ConversationFilter', {
  description: 'Narrows a list of conversations.',
  fields: (t) => ({
    mode: t.field({ type: ConversationModeEnum, description: 'Only those answered by the bot, or by staff.' }),
    unread: t.boolean({ description: 'Only those with, or without, unread messages.' }),
    search: t.string({ description: "Part of the customer's name, user name or phone number." }),
  }),
})

builder.queryFields((t) => ({
  conversation: t.field({
    type: Conversation,
    nullable: true,
    description: 'One conversation, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The conversation.' }) },
    resolve: (_root, { id }, ctx) => findConversation(ctx.app, shopOf(ctx), id, onlyCustomer(ctx)),
  }),
  conversations: t.connection(
    {
      type: Conversation,
      description: 'Conversations, the latest spoken in first.',
      args: { filter: t.arg({ type: ConversationFilter, description: 'Only these.' }) },
      resolve: (_root, { filter, ...page }, ctx) =>
        keysetConnection(page, findConversations(ctx.app, shopOf(ctx), filter ?? {}, onlyCustomer(ctx))),
    },
    ConversationConnection,
  ),
}))

const ConversationActionInput = builder.inputType('ConversationActionInput', {
  description: 'Which conversation.',
  fields: (t) => ({
    conversationId: t.id({ required: true, description: 'The conversation.' }),
    idempotencyKey: t.string({ description: 'Makes a repeat harmless.' }),
  }),
})
const SendMessageInput = builder.inputType('SendMessageInput', {
  description: 'A reply.',
  fields: (t) => ({
    conversationId: t.id({ required: true, description: 'Where to.' }),
    text: t.string({ required: true, description: '1 to 4096 characters.' }),
    idempotencyKey: t.string({ description: 'Makes a repeat harmless.' }),
  }),
})

builder.mutationFields((t) => {
  const action = (description: string, run: typeof takeOverConversation) =>
    t.field({
      type: Conversation,
      description,
      errors: { types: [NotFoundError] },
      args: { input: t.arg({ type: ConversationActionInput, required: true, description: 'Which conversation.' }) },
      resolve: (_root, { input }, ctx) => run(ctx.app, ctx.authorize('conversations:write'), input),
    })
  return {
    takeOverConversation: action(
      'Puts you in charge; the bot is silent until the conversation is handed back.',
      takeOverConversation,
    ),
    resumeBot: action('Hands the conversation back to the bot.', resumeBot),
    markConversationRead: action('Clears the unread counter and shows the customer blue ticks.', markConversationRead),
    sendMessage: t.field({
      type: Message,
      description: 'Sends a reply as staff; the conversation moves to HUMAN.',
      errors: { types: [NotFoundError, ValidationError] },
      args: { input: t.arg({ type: SendMessageInput, required: true, description: 'What and where.' }) },
      resolve: (_root, { input }, ctx) => sendReply(ctx.app, ctx.authorize('conversations:write'), input),
    }),
  }
})
