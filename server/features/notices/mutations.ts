import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { ErrorInterface, ValidationIssueType } from '../../graphql/errors.ts'
import { Message } from '../conversations/messages/message-schema.ts'
import { TemplateValueInput } from '../templates/draft-input.ts'
import { PreflightError } from './errors.ts'
import { sendTemplate } from './send-template.ts'

builder.objectType(PreflightError, {
  name: 'PreflightError',
  description: 'WhatsApp would refuse this message, so Storeline did not send it.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    code: t.exposeInt('code', {
      description:
        'The error code that WhatsApp would answer with: 131047 window closed, 131050 marketing declined, 132000 variables missing or unknown, 132001 not approved, 132005 too long, 132012 wrong form, 132015 paused, 132016 disabled.',
    }),
    issues: t.field({
      type: [ValidationIssueType],
      description: 'The invalid values; empty when the values are not the reason.',
      resolve: (error) => error.issues,
    }),
  }),
})

const SendTemplateInput = builder.inputType('SendTemplateInput', {
  description: 'A template, its values and the conversation to send it to.',
  fields: (t) => ({
    conversationId: t.id({ required: true, description: 'The id of the conversation.' }),
    templateId: t.id({ required: true, description: 'The id of the template.' }),
    values: t.field({
      type: [TemplateValueInput],
      description: 'Values for the variables; `shop_name` and `customer_name` are filled in automatically.',
    }),
    idempotencyKey: t.string({ description: 'A retry with the same key runs the mutation once.' }),
  }),
})

builder.mutationField('sendTemplate', (t) =>
  t.field({
    type: Message,
    description:
      'Sends a template: the current version within 24 hours of the customer’s last message, the approved version later. The mode of the conversation does not change.',
    errors: {
      types: [NotFoundError, ValidationError, PreflightError],
      union: { description: 'The queued message, or the reason why none was sent.' },
    },
    args: {
      input: t.arg({
        type: SendTemplateInput,
        required: true,
        description: 'The template, its values and the conversation.',
      }),
    },
    resolve: (_root, { input }, ctx) => sendTemplate(ctx.app, ctx.authorize('conversations:write'), input),
  }),
)
