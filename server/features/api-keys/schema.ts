import { can } from '../../auth/actor.ts'
import { lackedBy } from '../../auth/grants.ts'
import { KEY_SCOPES, PERMISSIONS, type Permission } from '../../auth/permissions.ts'
import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import { MAX_OVERLAP_HOURS, type ApiKeyStatus } from './domain.ts'
import { ApiKeyEndedError, issueApiKey, rotateApiKey, type Issued } from './issuing.ts'
import { findApiKey, findApiKeys, readApiKey, type ApiKeyRow } from './queries.ts'
import { revokeApiKey } from './service.ts'

builder.objectType(ApiKeyEndedError, {
  name: 'ApiKeyEndedError',
  description: 'The key was revoked or has expired; nothing brings it back.',
  interfaces: [ErrorInterface],
})

const ApiKeyStatusEnum = builder.enumType('ApiKeyStatus', {
  description: 'What has become of a key.',
  values: {
    ACTIVE: { description: 'It opens the shop.' },
    EXPIRED: { description: 'Its time is over.' },
    REVOKED: { description: 'Somebody ended it.' },
  } satisfies Record<ApiKeyStatus, { description: string }>,
})

export const ApiKey = builder.objectRef<ApiKeyRow>('ApiKey').implement({
  description: 'A key with which a partner reaches this shop. Its secret is shown when it is made, and never again.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the key, whatever its secret.' }),
    name: t.exposeString('name', { description: 'What it is for.' }),
    prefix: t.exposeString('prefix', { description: 'First characters of its secret, to recognise it by.' }),
    scopes: t.exposeStringList('scopes', { description: 'Permissions it carries.' }),
    status: t.field({ type: ApiKeyStatusEnum, description: 'Whether it works.', resolve: (key) => key.status }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: (key) => key.createdAt }),
    createdBy: t.exposeString('createdBy', {
      nullable: true,
      description: 'Name of the person or key that made it; null for the installation, and for those who have left.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it stops working by itself; null for never.',
      resolve: (key) => key.expiresAt,
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute; null for never.',
      resolve: (key) => key.lastUsedAt,
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked.',
      resolve: (key) => key.revokedAt,
    }),
    previousSecretExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'After a rotation: until when the secret before works too. Null when only one secret works.',
      resolve: (key) => key.previousSecretExpiresAt,
    }),
    missingPermissions: t.stringList({
      description:
        'Scopes of the key that you lack; empty when you have them all. With any missing you may only revoke it.',
      resolve: ({ scopes }, _args, { actor }) => lackedBy(actor, scopes),
    }),
  }),
})

const IssuedApiKey = builder.objectRef<Issued>('IssuedApiKey').implement({
  description: 'A key with its new secret.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKey,
      description: 'The key.',
      resolve: ({ id }, _args, ctx) => readApiKey(ctx.app, ctx.authorize('api_keys:write').merchantId, id),
    }),
    secret: t.exposeString('secret', {
      nullable: true,
      description:
        'Keep it now: it is stored nowhere and never shown again. Null when the request repeats an earlier one by its idempotency key.',
    }),
  }),
})

const ApiKeyScope = builder.objectRef<Permission>('ApiKeyScope').implement({
  description: 'A permission that a key may carry.',
  fields: (t) => ({
    name: t.string({ description: 'As in `ApiKey.scopes`, e.g. `orders:read`.', resolve: (scope) => scope }),
    description: t.string({ description: 'What it lets a key do.', resolve: (scope) => PERMISSIONS[scope].doc }),
    grantable: t.boolean({
      description: 'Whether you have it yourself, and so may put it on a key.',
      resolve: (scope, _args, { actor }) => can(actor, scope),
    }),
  }),
})

const ApiKeyConnection = builder.connectionObject(
  { type: ApiKey, name: 'ApiKeyConnection', description: 'A page of API keys.' },
  { name: 'ApiKeyEdge', description: 'An API key in a page.' },
)

const ApiKeyFilter = builder.inputType('ApiKeyFilter', {
  description: 'Narrows a list of API keys.',
  fields: (t) => ({ status: t.field({ type: [ApiKeyStatusEnum], description: 'Only keys in one of these.' }) }),
})

builder.queryFields((t) => ({
  apiKeys: t.connection(
    {
      type: ApiKey,
      description: 'The API keys of the shop, newest first, ended ones included.',
      args: { filter: t.arg({ type: ApiKeyFilter, description: 'Only these.' }) },
      resolve: (_root, { filter, ...page }, ctx) =>
        keysetConnection(page, findApiKeys(ctx.app, ctx.authorize('api_keys:read').merchantId, filter?.status ?? null)),
    },
    ApiKeyConnection,
  ),
  apiKey: t.field({
    type: ApiKey,
    nullable: true,
    description: 'One key, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The key.' }) },
    resolve: (_root, { id }, ctx) => findApiKey(ctx.app, ctx.authorize('api_keys:read').merchantId, id),
  }),
  apiKeyScopes: t.field({
    type: [ApiKeyScope],
    description: 'Every permission a key may carry.',
    resolve: (_root, _args, ctx) => {
      ctx.authorize('api_keys:read')
      return KEY_SCOPES
    },
  }),
}))

const IDEMPOTENCY = 'Repeating the same request with the same key does it once, and shows no secret the second time.'

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A key to be made.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for, 1 to 80 characters.' }),
    scopes: t.stringList({ required: true, description: 'Permissions it carries; never more than you have.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description:
        'When it stops working by itself; left out, never. A key made by a key ends no later than its maker.',
    }),
    idempotencyKey: t.string({ description: IDEMPOTENCY }),
  }),
})

const RotateApiKeyInput = builder.inputType('RotateApiKeyInput', {
  description: 'A key to be given another secret.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The key.' }),
    overlapHours: t.int({
      description: `How long the present secret goes on working, 0 to ${MAX_OVERLAP_HOURS} hours; 24 when left out.`,
    }),
    idempotencyKey: t.string({ description: IDEMPOTENCY }),
  }),
})

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'A key to be ended.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The key.' }),
    keepIssued: t.boolean({
      description:
        'true lets what it handed on (`ApiKey.issued`) go on working. Left out or false, that ends with it: whoever knows the key may have made it.',
    }),
  }),
})

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: IssuedApiKey,
    description: 'Makes a key and shows its secret, once.',
    errors: { types: [ValidationError], union: { description: 'The key with its secret, or why there is none.' } },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The key.' }) },
    resolve: (_root, { input }, ctx) => issueApiKey(ctx.app, ctx.authorize('api_keys:write'), input),
  }),
  rotateApiKey: t.field({
    type: IssuedApiKey,
    description:
      'Gives a key another secret and shows it, once. The one before goes on working for as long as you say.',
    errors: {
      types: [NotFoundError, ValidationError, ApiKeyEndedError],
      union: { description: 'The key with its new secret, or why it has none.' },
    },
    args: { input: t.arg({ type: RotateApiKeyInput, required: true, description: 'The rotation.' }) },
    resolve: (_root, { input }, ctx) => rotateApiKey(ctx.app, ctx.authorize('api_keys:write'), input),
  }),
  revokeApiKey: t.field({
    type: ApiKey,
    description:
      'Ends a key for good. Requests with it are refused at once, open sockets end within five seconds. So do the keys it made; its invitations are taken back, and webhook endpoints at addresses it entered are switched off.',
    errors: { types: [NotFoundError], union: { description: 'The key that was ended, or that there is none.' } },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'The key.' }) },
    resolve: async (_root, { input }, ctx) => {
      const actor = ctx.authorize('api_keys:write')
      await revokeApiKey(ctx.app, actor, input.id, input)
      return readApiKey(ctx.app, actor.merchantId, input.id)
    },
  }),
}))
