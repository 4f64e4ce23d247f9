import { builder } from '../../graphql/builder.ts'
import { systemStatus, watchSystemStatus, type SystemStatus } from './status.ts'

const SystemStatusType = builder.objectRef<SystemStatus>('SystemStatus').implement({
  description: 'How the installation is doing, as far as it concerns a shop.',
  fields: (t) => ({
    degraded: t.boolean({
      description: 'Whether anything below is delayed. Nothing is lost: it is caught up on by itself.',
      resolve: ({ liveUpdatesDelayed, sendingDelayed }) => liveUpdatesDelayed || sendingDelayed,
    }),
    liveUpdatesDelayed: t.exposeBoolean('liveUpdatesDelayed', {
      description: 'Whether events reach subscriptions seconds late.',
    }),
    sendingDelayed: t.exposeBoolean('sendingDelayed', {
      description: 'Whether messages, webhooks and other jobs wait to be started.',
    }),
  }),
})

builder.queryField('systemStatus', (t) =>
  t.field({
    type: SystemStatusType,
    description: 'Whether the installation is degraded just now.',
    resolve: (_root, _args, ctx) => {
      ctx.authorize('events:read')
      return systemStatus(ctx.app)
    },
  }),
)

builder.subscriptionField('systemStatusChanges', (t) =>
  t.field({
    type: SystemStatusType,
    description: 'Whether the installation is degraded: at once, and whenever it changes.',
    subscribe: (_root, _args, ctx) => {
      ctx.authorize('events:read')
      return watchSystemStatus(ctx.app)
    },
    resolve: (status) => status,
  }),
)
