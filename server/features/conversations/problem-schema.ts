import { NotFoundError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { reportProblem } from './problems.ts'
import { Conversation } from './schema.ts'

const ReportProblemInput = builder.inputType('ReportProblemInput', {
  description: 'A problem with an order, told by a message.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The order.' }),
    messageId: t.id({
      required: true,
      description: "What the order's customer wrote or showed about it: an incoming message of theirs.",
    }),
    idempotencyKey: t.string({ description: 'Makes a repeat harmless.' }),
  }),
})

builder.mutationField('reportProblem', (t) =>
  t.field({
    type: Conversation,
    description:
      "Puts a customer's message beside their order as the report of a problem, and hands the conversation to a human. On its turn the bot still completes the turn to answer.",
    errors: { types: [NotFoundError] },
    args: { input: t.arg({ type: ReportProblemInput, required: true, description: 'Which message, which order.' }) },
    resolve: (_root, { input }, ctx) => reportProblem(ctx.app, ctx.authorize('orders:write'), input),
  }),
)
