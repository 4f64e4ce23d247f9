import { NotFoundError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { reportProblem } from './problems.ts'
import { Conversation } from './schema.ts'

const ReportProblemInput = builder.inputType('ReportProblemInput', {
  description: 'A message that reports a problem with an order.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The id of the order.' }),
    messageId: t.id({
      required: true,
      description: "The id of the message that reports the problem: one that the order's customer sent.",
    }),
    idempotencyKey: t.string({ description: 'A retry with the same key runs the mutation once.' }),
  }),
})

builder.mutationField('reportProblem', (t) =>
  t.field({
    type: Conversation,
    description:
      "Attaches a customer's message to their order as the report of a problem and hands the conversation over to a human. A bot that calls this on its turn still completes the turn, to answer the customer.",
    errors: { types: [NotFoundError] },
    args: { input: t.arg({ type: ReportProblemInput, required: true, description: 'The message and the order.' }) },
    resolve: (_root, { input }, ctx) => reportProblem(ctx.app, ctx.authorize('orders:write'), input),
  }),
)
