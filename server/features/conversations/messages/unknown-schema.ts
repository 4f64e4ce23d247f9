import { NotFoundError } from '../../../errors.ts'
import { builder } from '../../../graphql/builder.ts'
import { ErrorInterface } from '../../../graphql/errors.ts'
import type { MessageAction } from '../domain.ts'
import { Message, MessageStatusEnum } from './message-schema.ts'
import { allowedMessageActions, MessageNotUnknownError, settleMessage } from './unknown-messages.ts'

const MessageActionEnum = builder.enumType('MessageAction', {
  description: 'What can be done about a message that is UNKNOWN. `message.allowedActions` lists what you may do now.',
  values: {
    SEND_AGAIN: { description: 'Sends it once more: UNKNOWN to QUEUED. The customer may get it twice.' },
    MARK_DELIVERED: {
      description: 'Says that it arrived, as the customer may have told you: UNKNOWN to DELIVERED, presumed.',
    },
    MARK_FAILED: { description: 'Says that it did not arrive: UNKNOWN to FAILED, presumed.' },
  } satisfies Record<MessageAction, { description: string }>,
})

builder.objectType(MessageNotUnknownError, {
  name: 'MessageNotUnknownError',
  description: 'There is nothing to decide: WhatsApp, or somebody else, has told what became of the message.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    status: t.field({ type: MessageStatusEnum, description: 'What it is now.', resolve: (error) => error.status }),
  }),
})

builder.objectFields(Message, (t) => ({
  presumed: t.exposeBoolean('presumed', {
    description:
      'Whether the status is what a member of staff said of an UNKNOWN message. The next status WhatsApp tells replaces it.',
  }),
  allowedActions: t.field({
    type: [MessageActionEnum],
    description: 'What you may do about it now. Empty unless it is UNKNOWN; empty for a viewer, and for the bot.',
    resolve: (message, _args, ctx) => [...allowedMessageActions(message.status, ctx.actor)],
  }),
}))

const SettleMessageInput = builder.inputType('SettleMessageInput', {
  description: 'A decision about a message that is UNKNOWN.',
  fields: (t) => ({
    messageId: t.id({ required: true, description: 'The message.' }),
    action: t.field({ type: MessageActionEnum, required: true, description: 'What to do.' }),
    idempotencyKey: t.string({ description: 'Makes a repeat harmless.' }),
  }),
})

builder.mutationField('settleMessage', (t) =>
  t.field({
    type: Message,
    description: 'Decides about a message of which nobody knows whether it arrived: sends it again, or marks it.',
    errors: { types: [NotFoundError, MessageNotUnknownError] },
    args: { input: t.arg({ type: SettleMessageInput, required: true, description: 'Which message, and what to do.' }) },
    resolve: (_root, { input }, ctx) => settleMessage(ctx.app, ctx.authorize('conversations:write'), input),
  }),
)
