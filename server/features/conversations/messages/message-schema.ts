import type { MessageAuthor, MessageDirection, MessageStatus } from '../../../generated/prisma/enums.ts'
import { builder } from '../../../graphql/builder.ts'
import type { RequestContext } from '../../../graphql/context.ts'
import { orderByIds } from '../../../graphql/loader.ts'
import { MessageContent } from '../../content/schema.ts'
import { presentMember, StaffMember } from '../../staff/schema.ts'
import { loadMessages, type MessageRow } from '../queries.ts'

const merchantOf = (ctx: RequestContext): string => ctx.authorize('conversations:read').merchantId

export const Message = builder.loadableObjectRef<MessageRow, string>('Message', {
  load: async (ids, ctx) => orderByIds(ids, await loadMessages(ctx.app, merchantOf(ctx), ids), 'Message'),
})

const DirectionEnum = builder.enumType('MessageDirection', {
  description: 'The direction of a message.',
  values: {
    INBOUND: { description: 'The customer sent it.' },
    OUTBOUND: { description: 'The shop sent it to the customer.' },
  } satisfies Record<MessageDirection, { description: string }>,
})
const AuthorEnum = builder.enumType('MessageAuthor', {
  description: 'The kind of author of a message.',
  values: {
    CUSTOMER: { description: 'The customer of the conversation.' },
    BOT: { description: 'The bot that answers for the shop.' },
    STAFF: { description: 'A member of staff, or a partner with an API key.' },
    SYSTEM: { description: 'Storeline itself: a notice about an order, or a handoff to a human.' },
  } satisfies Record<MessageAuthor, { description: string }>,
})
export const MessageStatusEnum = builder.enumType('MessageStatus', {
  description: 'The delivery status of a message. It only advances, unless staff send an UNKNOWN message again.',
  values: {
    RECEIVED: { description: 'The message came from the customer; it has no delivery status.' },
    QUEUED: { description: 'The message waits to be sent to WhatsApp.' },
    UNKNOWN: {
      description:
        'The message was sent, but WhatsApp neither answered nor reported a status for minutes: it may or may not have arrived. A late status still replaces UNKNOWN; `settleMessage` lets staff decide.',
    },
    ACCEPTED: { description: 'WhatsApp accepted the message.' },
    SENT: { description: 'WhatsApp sent the message: one tick.' },
    DELIVERED: { description: "The message reached the customer's phone: two ticks." },
    READ: { description: 'The customer read the message: two blue ticks.' },
    FAILED: { description: 'The message will not arrive; `errorMessage` says why.' },
  } satisfies Record<MessageStatus, { description: string }>,
})

Message.implement({
  description: 'A WhatsApp message, from the customer or from the shop.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the message, a UUID.' }),
    direction: t.field({
      type: DirectionEnum,
      description: 'Whether the customer or the shop sent it.',
      resolve: (message) => message.direction,
    }),
    author: t.field({ type: AuthorEnum, description: 'The kind of author.', resolve: (message) => message.author }),
    staff: t.field({
      type: StaffMember,
      nullable: true,
      description: 'The member of staff who wrote it; null for other authors, and once the member has left the team.',
      resolve: ({ staffId }, _args, ctx) => (staffId ? presentMember(ctx).load(staffId) : null),
    }),
    content: t.field({
      type: MessageContent,
      description: 'The content, by its kind.',
      resolve: (message) => message.content,
    }),
    text: t.exposeString('text', {
      description: 'The content as one readable text, such as the text of a message with its buttons.',
    }),
    status: t.field({
      type: MessageStatusEnum,
      description: 'The delivery status; RECEIVED for a message from the customer.',
      resolve: (message) => message.status,
    }),
    errorCode: t.exposeInt('errorCode', {
      nullable: true,
      description: "WhatsApp's error code when the message failed or a retry was refused; null otherwise.",
    }),
    errorMessage: t.exposeString('errorMessage', {
      nullable: true,
      description: 'The reason why the message failed or a retry was refused; null otherwise.',
    }),
    occurredAt: t.field({
      type: 'DateTime',
      description: "When the customer sent it by WhatsApp's clock, or when the shop queued it.",
      resolve: (message) => message.occurredAt,
    }),
    sentAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When WhatsApp sent it; null until then, and for a message from the customer.',
      resolve: (message) => message.sentAt,
    }),
    deliveredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: "When it reached the customer's phone; null until then.",
      resolve: (message) => message.deliveredAt,
    }),
    readAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the customer read it; null until then, and when the customer has turned read receipts off.',
      resolve: (message) => message.readAt,
    }),
  }),
})
