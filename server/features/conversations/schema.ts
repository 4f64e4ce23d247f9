import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { batchLoader, orderByIds } from '../../graphql/loader.ts'
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

const merchantOf = (ctx: RequestContext): string => ctx.authorize('conversations:read').merchantId
/** The bot sees only the conversation of the customer whose turn it holds. */
const onlyCustomer = ({ actor }: RequestContext): string | undefined =>
  actor?.kind === 'BOT' ? actor.customerId : undefined

export const Conversation = builder.loadableObjectRef<ConversationRow, string>('Conversation', {
  load: async (ids, ctx) => orderByIds(ids, await loadConversations(ctx.app, merchantOf(ctx), ids), 'Conversation'),
})

export const ConversationModeEnum = builder.enumType('ConversationMode', {
  description: 'Whether the bot or staff answer a conversation.',
  values: {
    BOT: { description: 'The bot answers.' },
    HUMAN: { description: 'Staff answer; the bot is silent.' },
  } satisfies Record<ConversationMode, { description: string }>,
})
export const HandoffReasonEnum = builder.enumType('HandoffReason', {
  description: 'The reason why a conversation was handed over to a human.',
  values: {
    CUSTOMER_ASKED: { description: 'The customer asked for a person.' },
    BOT_FAILED: { description: 'The bot could not answer.' },
    BOT_LOST: {
      description: 'Every bot that claimed the message disconnected before it answered. The customer was not informed.',
    },
    STAFF_TOOK_OVER: { description: 'A member of staff took over.' },
    PROBLEM_REPORTED: { description: 'The customer reported a problem with an order.' },
  } satisfies Record<HandoffReason, { description: string }>,
})

builder.objectField(Message, 'conversation', (t) =>
  t.field({
    type: Conversation,
    description: 'The conversation that holds the message.',
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
  description: 'The chat between a customer and a WhatsApp number of the shop.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the conversation, a UUID.' }),
    customer: t.field({
      type: Customer,
      description: 'The customer who chats with the shop.',
      resolve: (conversation) => conversation.customerId,
    }),
    mode: t.field({
      type: ConversationModeEnum,
      description: 'Whether the bot or staff answer now.',
      resolve: (conversation) => conversation.mode,
    }),
    handoffReason: t.field({
      type: HandoffReasonEnum,
      nullable: true,
      description: 'The reason of the handoff to a human; null in mode BOT.',
      resolve: (conversation) => conversation.handoffReason,
    }),
    assignee: t.field({
      type: StaffMember,
      nullable: true,
      description:
        'The member of staff who took the conversation over; null when nobody did, or when the member has left the team.',
      resolve: ({ assigneeId }, _args, ctx) => (assigneeId ? presentMember(ctx).load(assigneeId) : null),
    }),
    unreadCount: t.exposeInt('unreadCount', {
      description: 'The number of messages of the customer that staff have not read.',
    }),
    lastMessageText: t.exposeString('lastMessageText', {
      description: 'The first 200 characters of the latest message.',
    }),
    lastMessageAt: t.field({
      type: 'DateTime',
      description: 'When the latest message was sent or received.',
      resolve: (conversation) => conversation.lastMessageAt,
    }),
    windowExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'The end of the 24-hour service window, until which free-form messages can be sent; null before the first message of the customer.',
      resolve: (conversation) => conversation.windowExpiresAt,
    }),
    messages: t.connection(
      {
        type: Message,
        description: 'The messages of the conversation, newest first.',
        resolve: (conversation, args, ctx) =>
          keysetConnection(args, findMessages(ctx.app, merchantOf(ctx), conversation.id)),
      },
      MessageConnection,
    ),
  }),
})

/** The latest conversation of a customer, batched over all customers of a request. */
export const conversationOfCustomer = batchLoader<string, ConversationRow | null>(
  async (customerIds, ctx) =>
    new Map(
      (await loadConversationsOfCustomers(ctx.app, merchantOf(ctx), customerIds)).map((row) => [row.customerId, row]),
    ),
  () => null,
)

builder.objectField(Customer, 'conversation', (t) =>
  t.field({
    type: Conversation,
    nullable: true,
    description: 'The latest conversation with the customer; null before their first message.',
    resolve: (customer, _args, ctx) => conversationOfCustomer(ctx).load(customer.id),
  }),
)
const ConversationFilter = builder.inputType('ConversationFilter', {
  description: 'Conditions on a list of conversations; all of them must hold.',
  fields: (t) => ({
    mode: t.field({ type: ConversationModeEnum, description: 'Only conversations in this mode.' }),
    unread: t.boolean({ description: 'true: only conversations with unread messages; false: only those without.' }),
    search: t.string({ description: "A part of the customer's name, user name or phone number." }),
  }),
})

builder.queryFields((t) => ({
  conversation: t.field({
    type: Conversation,
    nullable: true,
    description: 'One conversation, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The id of the conversation.' }) },
    resolve: (_root, { id }, ctx) => findConversation(ctx.app, merchantOf(ctx), id, onlyCustomer(ctx)),
  }),
  conversations: t.connection(
    {
      type: Conversation,
      description: 'Conversations, ordered by their latest message, newest first.',
      args: {
        filter: t.arg({
          type: ConversationFilter,
          description: 'Conditions on the conversations; all conversations when left out.',
        }),
      },
      resolve: (_root, { filter, ...page }, ctx) =>
        keysetConnection(page, findConversations(ctx.app, merchantOf(ctx), filter ?? {}, onlyCustomer(ctx))),
    },
    ConversationConnection,
  ),
}))

const ConversationActionInput = builder.inputType('ConversationActionInput', {
  description: 'The conversation to act on.',
  fields: (t) => ({
    conversationId: t.id({ required: true, description: 'The id of the conversation.' }),
    idempotencyKey: t.string({ description: 'A retry with the same key runs the mutation once.' }),
  }),
})
const SendMessageInput = builder.inputType('SendMessageInput', {
  description: 'A reply of staff to a customer.',
  fields: (t) => ({
    conversationId: t.id({ required: true, description: 'The id of the conversation.' }),
    text: t.string({ required: true, description: 'The text, 1 to 4096 characters.' }),
    idempotencyKey: t.string({ description: 'A retry with the same key runs the mutation once.' }),
  }),
})

builder.mutationFields((t) => {
  const action = (description: string, run: typeof takeOverConversation) =>
    t.field({
      type: Conversation,
      description,
      errors: { types: [NotFoundError] },
      args: {
        input: t.arg({ type: ConversationActionInput, required: true, description: 'The conversation to act on.' }),
      },
      resolve: (_root, { input }, ctx) => run(ctx.app, ctx.authorize('conversations:write'), input),
    })
  return {
    takeOverConversation: action(
      'Assigns the conversation to you; the bot is silent until `resumeBot`.',
      takeOverConversation,
    ),
    resumeBot: action('Hands the conversation back to the bot.', resumeBot),
    markConversationRead: action(
      'Resets the unread counter and sends the customer a read receipt (blue ticks).',
      markConversationRead,
    ),
    sendMessage: t.field({
      type: Message,
      description: 'Sends a reply as staff; the conversation moves to HUMAN.',
      errors: { types: [NotFoundError, ValidationError] },
      args: {
        input: t.arg({ type: SendMessageInput, required: true, description: 'The reply and its conversation.' }),
      },
      resolve: (_root, { input }, ctx) => sendReply(ctx.app, ctx.authorize('conversations:write'), input),
    }),
  }
})
