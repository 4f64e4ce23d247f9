import { permissionsOfRole } from '../../auth/permissions.ts'
import { builder } from '../../graphql/builder.ts'
import { batchLoader } from '../../graphql/loader.ts'
import { Invitation } from '../staff/invitations-schema.ts'
import { loadInvitations, loadMembers } from '../staff/queries.ts'
import { StaffMember, StaffRoleEnum } from '../staff/schema.ts'
import { findEndpointsById } from '../webhooks/queries.ts'
import { WebhookEndpoint } from '../webhooks/schema.ts'
import { beyond } from './domain.ts'
import { findIssued, findKeysShownTo, type IssuedIds } from './issued.ts'
import { readApiKeys } from './queries.ts'
import { ApiKey } from './schema.ts'

const NOTHING: IssuedIds = { apiKeys: [], invitations: [], webhookEndpoints: [], members: [] }

const issuedBy = batchLoader<string, IssuedIds>(
  (ids, ctx) => findIssued(ctx.app, ctx.authorize('api_keys:read').merchantId, ids),
  () => NOTHING,
)
const keysShownTo = batchLoader<string, string[]>(
  (ids, ctx) => findKeysShownTo(ctx.app, ctx.authorize('api_keys:read').merchantId, ids),
  () => [],
)

const Issued = builder.objectRef<IssuedIds>('IssuedByApiKey').implement({
  description:
    'What a key handed on and is in use, also through keys it made: an attacker who had the key may have all of it.',
  fields: (t) => ({
    apiKeys: t.field({
      type: [ApiKey],
      description: 'Keys that it made or rotated, unless a person has rotated them since. They end with it.',
      resolve: ({ apiKeys }, _args, ctx) => readApiKeys(ctx.app, ctx.authorize('api_keys:read').merchantId, apiKeys),
    }),
    invitations: t.field({
      type: [Invitation],
      description: 'Its invitations that wait to be accepted. They are taken back with it.',
      resolve: ({ invitations }, _args, ctx) =>
        loadInvitations(ctx.app, ctx.authorize('staff:read').merchantId, invitations),
    }),
    webhookEndpoints: t.field({
      type: [WebhookEndpoint],
      description: 'Enabled endpoints at addresses it entered. They are switched off with it.',
      resolve: ({ webhookEndpoints }, _args, ctx) =>
        findEndpointsById(ctx.app, ctx.authorize('webhooks:read').merchantId, webhookEndpoints),
    }),
    members: t.field({
      type: [StaffMember],
      description: 'At most 100 members who joined by its invitations. They stay: look whether you know them.',
      resolve: ({ members }, _args, ctx) => loadMembers(ctx.app, ctx.authorize('staff:read').merchantId, members),
    }),
  }),
})

builder.objectField(ApiKey, 'issued', (t) =>
  t.field({
    type: Issued,
    description: 'What it handed on. `revokeApiKey` ends that, too, unless told otherwise.',
    resolve: ({ id }, _args, ctx) => issuedBy(ctx).load(id),
  }),
)

builder.objectField(StaffMember, 'issuedApiKeys', (t) =>
  t.field({
    type: [ApiKey],
    description:
      'Keys in use that the member made or rotated last, and so may know the secret of. They are the shop’s and stay when the member leaves or is lowered: revoke or rotate those you do not trust them with. Needs `api_keys:read`.',
    args: {
      beyond: t.arg({ type: StaffRoleEnum, description: 'Only keys that carry what this role does not have.' }),
    },
    resolve: async ({ id }, { beyond: role }, ctx) => {
      const { merchantId } = ctx.authorize('api_keys:read')
      const keys = await readApiKeys(ctx.app, merchantId, await keysShownTo(ctx).load(id))
      return role ? keys.filter(({ scopes }) => beyond(scopes, permissionsOfRole(role)).length > 0) : keys
    },
  }),
)
