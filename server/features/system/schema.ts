import { builder } from '../../graphql/builder.ts'
import { systemStatus, watchSystemStatus, type SystemStatus } from './status.ts'

const SystemStatusType = builder.objectRef<SystemStatus>('SystemStatus').implement({
  description: 'Whether the installation is degraded, as far as a shop notices.',
  fields: (t) => ({
    degraded: t.boolean({
      description: 'true when anything below is delayed. Nothing is lost; it is made up for automatically.',
      resolve: ({ liveUpdatesDelayed, sendingDelayed }) => liveUpdatesDelayed || sendingDelayed,
    }),
    liveUpdatesDelayed: t.exposeBoolean('liveUpdatesDelayed', {
      description: 'true when events reach subscriptions seconds late.',
    }),
    sendingDelayed: t.exposeBoolean('sendingDelayed', {
      description: 'true when messages, webhooks and other jobs start late.',
    }),
  }),
})

builder.queryField('systemStatus', (t) =>
  t.field({
    type: SystemStatusType,
    description: 'The status of the installation now.',
    resolve: (_root, _args, ctx) => {
      ctx.authorize('events:read')
      return systemStatus(ctx.app)
    },
  }),
)

builder.subscriptionField('systemStatusChanges', (t) =>
  t.field({
    type: SystemStatusType,
    description: 'The status of the installation: the present one at once, then each change.',
    subscribe: (_root, _args, ctx) => {
      ctx.authorize('events:read')
      return watchSystemStatus(ctx.app)
    },
    resolve: (status) => status,
  }),
)
