import type { MessageAuthor, MessageDirection, MessageStatus } from '../../../generated/prisma/enums.ts'
import { builder } from '../../../graphql/builder.ts'
import type { RequestContext } from '../../../graphql/context.ts'
import { inOrder } from '../../../graphql/loader.ts'
import { MessageContent } from '../../content/schema.ts'
import { presentMember, StaffMember } from '../../staff/schema.ts'
import { loadMessages, type MessageRow } from '../queries.ts'

const merchantOf = (ctx: RequestContext): string => ctx.authorize('conversations:read').merchantId

export const Message = builder.loadableObjectRef<MessageRow, string>('Message', {
  load: async (ids, ctx) => inOrder(ids, await loadMessages(ctx.app, merchantOf(ctx), ids), 'Message'),
})

const DirectionEnum = builder.enumType('MessageDirection', {
  description: 'Which way a message went.',
  values: {
    INBOUND: { description: 'From the customer.' },
    OUTBOUND: { description: 'To the customer.' },
  } satisfies Record<MessageDirection, { description: string }>,
})
const AuthorEnum = builder.enumType('MessageAuthor', {
  description: 'Who wrote a message.',
  values: {
    CUSTOMER: { description: 'The customer.' },
    BOT: { description: 'The bot.' },
    STAFF: { description: 'A member of staff, or a partner.' },
    SYSTEM: { description: 'A notice about an order, or of the shop.' },
  } satisfies Record<MessageAuthor, { description: string }>,
})
export const MessageStatusEnum = builder.enumType('MessageStatus', {
  description: 'How far a message has come. It only rises, unless staff send an UNKNOWN message again.',
  values: {
    RECEIVED: { description: 'Came in from the customer.' },
    QUEUED: { description: 'Waits to be sent.' },
    UNKNOWN: {
      description:
        'Was sent, but WhatsApp neither answered nor told a status for minutes: it may or may not have arrived. A late status still moves it; `settleMessage` decides.',
    },
    ACCEPTED: { description: 'WhatsApp took it.' },
    SENT: { description: 'Left WhatsApp: one tick.' },
    DELIVERED: { description: "Reached the customer's phone: two ticks." },
    READ: { description: 'Was read: two blue ticks.' },
    FAILED: { description: 'Will not arrive; errorMessage says why.' },
  } satisfies Record<MessageStatus, { description: string }>,
})

Message.implement({
  description: 'A WhatsApp message, in or out.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the message.' }),
    direction: t.field({ type: DirectionEnum, description: 'In or out.', resolve: (message) => message.direction }),
    author: t.field({ type: AuthorEnum, description: 'Who wrote it.', resolve: (message) => message.author }),
    staff: t.field({
      type: StaffMember,
      nullable: true,
      description: 'The member who wrote it, for STAFF; null once they have left the team.',
      resolve: ({ staffId }, _args, ctx) => (staffId ? presentMember(ctx).load(staffId) : null),
    }),
    content: t.field({ type: MessageContent, description: 'What it says.', resolve: (message) => message.content }),
    text: t.exposeString('text', { description: 'The content as one readable text.' }),
    status: t.field({
      type: MessageStatusEnum,
      description: 'How far it has come.',
      resolve: (message) => message.status,
    }),
    errorCode: t.exposeInt('errorCode', {
      nullable: true,
      description: "WhatsApp's code, when it failed or another try was refused.",
    }),
    errorMessage: t.exposeString('errorMessage', {
      nullable: true,
      description: 'Why it failed, or why another try was refused; null otherwise.',
    }),
    occurredAt: t.field({
      type: 'DateTime',
      description: 'When it was written.',
      resolve: (message) => message.occurredAt,
    }),
    sentAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it left WhatsApp.',
      resolve: (message) => message.sentAt,
    }),
    deliveredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: "When it reached the customer's phone.",
      resolve: (message) => message.deliveredAt,
    }),
    readAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the customer read it.',
      resolve: (message) => message.readAt,
    }),
  }),
})
