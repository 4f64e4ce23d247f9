import { NotFoundError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { findHeldRestore, type RestoreRow } from './queries.ts'
import { decideRestore, RESTORE_DECISIONS } from './service.ts'

const RestoreDecisionEnum = builder.enumType('RestoreDecision', {
  description: 'The decision about everything that waited to be sent in a restored backup.',
  values: RESTORE_DECISIONS,
})

const Restore = builder.objectRef<RestoreRow>('Restore').implement({
  description: 'A restore of a backup by the operator, with the numbers of unsent items of your shop in it.',
  fields: (t) => ({
    restoredAt: t.field({
      type: 'DateTime',
      description: 'When it was restored. Everything between the backup and this instant is lost.',
      resolve: ({ restoredAt }) => restoredAt,
    }),
    decision: t.field({
      type: RestoreDecisionEnum,
      nullable: true,
      description: 'The decision; null while the items are held.',
      resolve: ({ decision }) => decision,
    }),
    heldMessages: t.exposeInt('messages', { description: 'Number of messages to customers that are held.' }),
    heldDeliveries: t.exposeInt('deliveries', {
      description:
        'Number of webhook deliveries that are held; deliveries created later of events in the backup are held, too.',
    }),
    heldTemplates: t.exposeInt('templates', {
      description: 'Number of templates whose submission to WhatsApp is held.',
    }),
    heldTurns: t.exposeInt('turns', {
      description: 'Number of turns in the backup that the bot does not answer while they are held.',
    }),
  }),
})

builder.queryField('heldRestore', (t) =>
  t.field({
    type: Restore,
    nullable: true,
    description:
      'The restore that the shop has to decide about; null when there is none. Its unsent items are held until then.',
    resolve: (_root, _args, ctx) => findHeldRestore(ctx.app, ctx.authorize('conversations:read').merchantId),
  }),
)

const DecideRestoreInput = builder.inputType('DecideRestoreInput', {
  description: 'The decision about all held items.',
  fields: (t) => ({
    decision: t.field({ type: RestoreDecisionEnum, required: true, description: 'Whether to send or to discard it.' }),
  }),
})

builder.mutationField('decideRestore', (t) =>
  t.field({
    type: Restore,
    description: 'Sends or discards all unsent items of a restored backup. The decision is final.',
    errors: {
      types: [NotFoundError],
      union: { description: 'The decided restore, or the error that nothing is held.' },
    },
    args: { input: t.arg({ type: DecideRestoreInput, required: true, description: 'The decision for all of it.' }) },
    resolve: (_root, { input }, ctx) => decideRestore(ctx.app, ctx.authorize('restores:write'), input),
  }),
)
