import { NotFoundError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { findHeldRestore, type RestoreRow } from './queries.ts'
import { decideRestore, RESTORE_DECISIONS } from './service.ts'

const RestoreDecisionEnum = builder.enumType('RestoreDecision', {
  description: 'What becomes of all that waited to be sent in a backup that was restored.',
  values: RESTORE_DECISIONS,
})

const Restore = builder.objectRef<RestoreRow>('Restore').implement({
  description:
    'A backup of the installation that the operator restored, and what of your shop waited in it to be sent.',
  fields: (t) => ({
    restoredAt: t.field({
      type: 'DateTime',
      description: 'When it was restored. Everything between the backup and then is lost.',
      resolve: ({ restoredAt }) => restoredAt,
    }),
    decision: t.field({
      type: RestoreDecisionEnum,
      nullable: true,
      description: 'What was chosen; null while everything below is held.',
      resolve: ({ decision }) => decision,
    }),
    heldMessages: t.exposeInt('messages', { description: 'Messages to customers that are held.' }),
    heldDeliveries: t.exposeInt('deliveries', {
      description: 'Webhook deliveries that are held; more are made of events that had none yet.',
    }),
    heldTemplates: t.exposeInt('templates', { description: 'Templates that are not handed to WhatsApp meanwhile.' }),
    heldTurns: t.exposeInt('turns', {
      description: 'Messages of customers that the bot does not answer meanwhile; later ones it does.',
    }),
  }),
})

builder.queryField('heldRestore', (t) =>
  t.field({
    type: Restore,
    nullable: true,
    description:
      'The backup about which the shop has still to choose; null when there is none. Nothing that waited in it is sent meanwhile.',
    resolve: (_root, _args, ctx) => findHeldRestore(ctx.app, ctx.authorize('conversations:read').merchantId),
  }),
)

const DecideRestoreInput = builder.inputType('DecideRestoreInput', {
  description: 'What becomes of all that is held.',
  fields: (t) => ({
    decision: t.field({ type: RestoreDecisionEnum, required: true, description: 'Send it, or discard it.' }),
  }),
})

builder.mutationField('decideRestore', (t) =>
  t.field({
    type: Restore,
    description:
      'Sends or discards everything that waited in a restored backup. It cannot be taken back; asked again, nothing is held any more.',
    errors: {
      types: [NotFoundError],
      union: { description: 'The restore as it was decided, or that nothing is held.' },
    },
    args: { input: t.arg({ type: DecideRestoreInput, required: true, description: 'The choice.' }) },
    resolve: (_root, { input }, ctx) => decideRestore(ctx.app, ctx.authorize('restores:write'), input),
  }),
)
