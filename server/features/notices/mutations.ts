import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { ErrorInterface, ValidationIssueType } from '../../graphql/errors.ts'
import { Message } from '../conversations/messages/message-schema.ts'
import { TemplateValueInput } from '../templates/draft-input.ts'
import { PreflightError } from './errors.ts'
import { sendTemplate } from './send-template.ts'

builder.objectType(PreflightError, {
  name: 'PreflightError',
  description: 'WhatsApp would refuse this message, so it was not sent.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    code: t.exposeInt('code', {
      description:
        'The code WhatsApp would answer with: 131047 window closed, 131050 marketing declined, 132000 variables missing or unknown, 132001 not approved, 132005 too long, 132012 wrong form, 132015 paused, 132016 disabled.',
    }),
    issues: t.field({
      type: [ValidationIssueType],
      description: 'What is wrong with which value; empty when it is something else.',
      resolve: (error) => error.issues,
    }),
  }),
})

const SendTemplateInput = builder.inputType('SendTemplateInput', {
  description: 'What to send to whom.',
  fields: (t) => ({
    conversationId: t.id({ required: true, description: 'Where to.' }),
    templateId: t.id({ required: true, description: 'The template.' }),
    values: t.field({
      type: [TemplateValueInput],
      description: 'What to fill in. `shop_name` and `customer_name` are known without.',
    }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

builder.mutationField('sendTemplate', (t) =>
  t.field({
    type: Message,
    description:
      'Sends a template: within 24 hours of the customer’s last message as it stands, later as WhatsApp approved it. Who answers the conversation stays.',
    errors: {
      types: [NotFoundError, ValidationError, PreflightError],
      union: { description: 'The message on its way, or why there is none.' },
    },
    args: { input: t.arg({ type: SendTemplateInput, required: true, description: 'What and where.' }) },
    resolve: (_root, { input }, ctx) => sendTemplate(ctx.app, ctx.authorize('conversations:write'), input),
  }),
)
