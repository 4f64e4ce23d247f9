import { permissionsOfRole } from '../../auth/permissions.ts'
import { builder } from '../../graphql/builder.ts'
import { batchLoader } from '../../graphql/loader.ts'
import { Invitation } from '../staff/invitations-schema.ts'
import { loadInvitations, loadMembers } from '../staff/queries.ts'
import { StaffMember, StaffRoleEnum } from '../staff/schema.ts'
import { findEndpointsById } from '../webhooks/queries.ts'
import { WebhookEndpoint } from '../webhooks/schema.ts'
import { missingScopes } from './domain.ts'
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
    'The active API keys, invitations, members and webhook endpoints that a key issued, also through keys it created. An attacker with the key may know their secrets.',
  fields: (t) => ({
    apiKeys: t.field({
      type: [ApiKey],
      description: 'Keys that it created or rotated, unless a person has rotated them since. They are revoked with it.',
      resolve: ({ apiKeys }, _args, ctx) => readApiKeys(ctx.app, ctx.authorize('api_keys:read').merchantId, apiKeys),
    }),
    invitations: t.field({
      type: [Invitation],
      description: 'Its pending invitations. They are revoked with it.',
      resolve: ({ invitations }, _args, ctx) =>
        loadInvitations(ctx.app, ctx.authorize('staff:read').merchantId, invitations),
    }),
    webhookEndpoints: t.field({
      type: [WebhookEndpoint],
      description: 'Enabled endpoints at addresses that it entered. They are disabled with it.',
      resolve: ({ webhookEndpoints }, _args, ctx) =>
        findEndpointsById(ctx.app, ctx.authorize('webhooks:read').merchantId, webhookEndpoints),
    }),
    members: t.field({
      type: [StaffMember],
      description: 'At most 100 members who joined by its invitations. They stay: check whether you know them.',
      resolve: ({ members }, _args, ctx) => loadMembers(ctx.app, ctx.authorize('staff:read').merchantId, members),
    }),
  }),
})

builder.objectField(ApiKey, 'issued', (t) =>
  t.field({
    type: Issued,
    description: 'Keys, invitations and endpoints that it issued. `revokeApiKey` ends them, too, unless `keepIssued`.',
    resolve: ({ id }, _args, ctx) => issuedBy(ctx).load(id),
  }),
)

builder.objectField(StaffMember, 'issuedApiKeys', (t) =>
  t.field({
    type: [ApiKey],
    description:
      'Active keys that the member created or rotated last, and so may know the secret of. They belong to the shop and stay when the member leaves or gets a lower role: revoke or rotate those that the member must not use. Needs `api_keys:read`.',
    args: {
      beyond: t.arg({ type: StaffRoleEnum, description: 'Only keys with scopes that this role lacks.' }),
    },
    resolve: async ({ id }, { beyond: role }, ctx) => {
      const { merchantId } = ctx.authorize('api_keys:read')
      const keys = await readApiKeys(ctx.app, merchantId, await keysShownTo(ctx).load(id))
      return role ? keys.filter(({ scopes }) => missingScopes(scopes, permissionsOfRole(role)).length > 0) : keys
    },
  }),
)
