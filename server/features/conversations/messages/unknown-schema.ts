import { NotFoundError } from '../../../errors.ts'
import { builder } from '../../../graphql/builder.ts'
import { ErrorInterface } from '../../../graphql/errors.ts'
import type { MessageAction } from '../domain.ts'
import { Message, MessageStatusEnum } from './message-schema.ts'
import { allowedMessageActions, MessageNotUnknownError, settleMessage } from './unknown-messages.ts'

const MessageActionEnum = builder.enumType('MessageAction', {
  description: 'A decision about an UNKNOWN message. `message.allowedActions` lists those that you may take now.',
  values: {
    SEND_AGAIN: { description: 'Sends the message again: UNKNOWN to QUEUED. The customer may get it twice.' },
    MARK_DELIVERED: {
      description:
        'Records that the message arrived, for example because the customer says so: UNKNOWN to DELIVERED, `presumed`.',
    },
    MARK_FAILED: { description: 'Records that the message did not arrive: UNKNOWN to FAILED, `presumed`.' },
  } satisfies Record<MessageAction, { description: string }>,
})

builder.objectType(MessageNotUnknownError, {
  name: 'MessageNotUnknownError',
  description: 'The message is no longer UNKNOWN: WhatsApp reported its status, or another member of staff decided.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    status: t.field({
      type: MessageStatusEnum,
      description: 'The current status of the message.',
      resolve: (error) => error.status,
    }),
  }),
})

builder.objectFields(Message, (t) => ({
  presumed: t.exposeBoolean('presumed', {
    description:
      'Whether staff decided the status of an UNKNOWN message. The next status that WhatsApp reports replaces it.',
  }),
  allowedActions: t.field({
    type: [MessageActionEnum],
    description:
      'The actions that you may take now; empty unless the status is UNKNOWN, and always empty for a viewer and for the bot.',
    resolve: (message, _args, ctx) => [...allowedMessageActions(message.status, ctx.actor)],
  }),
}))

const SettleMessageInput = builder.inputType('SettleMessageInput', {
  description: 'A decision about an UNKNOWN message.',
  fields: (t) => ({
    messageId: t.id({ required: true, description: 'The id of the message.' }),
    action: t.field({ type: MessageActionEnum, required: true, description: 'The action to take.' }),
    idempotencyKey: t.string({ description: 'A retry with the same key runs the mutation once.' }),
  }),
})

builder.mutationField('settleMessage', (t) =>
  t.field({
    type: Message,
    description: 'Decides about an UNKNOWN message: sends it again, or records that it arrived or failed.',
    errors: { types: [NotFoundError, MessageNotUnknownError] },
    args: { input: t.arg({ type: SettleMessageInput, required: true, description: 'The message and the action.' }) },
    resolve: (_root, { input }, ctx) => settleMessage(ctx.app, ctx.authorize('conversations:write'), input),
  }),
)
