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
  description: 'The key was revoked or has expired, for good.',
  interfaces: [ErrorInterface],
})

const ApiKeyStatusEnum = builder.enumType('ApiKeyStatus', {
  description: 'The status of an API key.',
  values: {
    ACTIVE: { description: 'The key can be used.' },
    EXPIRED: { description: 'Its `expiresAt` has passed.' },
    REVOKED: { description: 'It was revoked, by hand or with the key that created it.' },
  } satisfies Record<ApiKeyStatus, { description: string }>,
})

export const ApiKey = builder.objectRef<ApiKeyRow>('ApiKey').implement({
  description:
    'A key with which a partner uses the API of this shop. Its secret is returned once, when it is created or rotated.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the key; a rotation does not change it.' }),
    name: t.exposeString('name', { description: 'Name of the key, e.g. the system that uses it.' }),
    prefix: t.exposeString('prefix', { description: 'The first 8 characters of its secret, to recognise it by.' }),
    scopes: t.exposeStringList('scopes', { description: 'Permissions of the key, such as `orders:read`.' }),
    status: t.field({ type: ApiKeyStatusEnum, description: 'Whether it can be used.', resolve: (key) => key.status }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was created.', resolve: (key) => key.createdAt }),
    createdBy: t.exposeString('createdBy', {
      nullable: true,
      description:
        'Name of the member or key that created it; null for the installation, and for members who have left.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it expires; null for never.',
      resolve: (key) => key.expiresAt,
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute; null when never.',
      resolve: (key) => key.lastUsedAt,
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked; null when it was not.',
      resolve: (key) => key.revokedAt,
    }),
    previousSecretExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'After a rotation: when the previous secret stops working. Null when only one secret works.',
      resolve: (key) => key.previousSecretExpiresAt,
    }),
    missingPermissions: t.stringList({
      description:
        'Scopes of the key that you lack; empty when you have them all. If you lack any, you may only revoke it.',
      resolve: ({ scopes }, _args, { actor }) => lackedBy(actor, scopes),
    }),
  }),
})

const IssuedApiKey = builder.objectRef<Issued>('IssuedApiKey').implement({
  description: 'A key with its new secret.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKey,
      description: 'The API key.',
      resolve: ({ id }, _args, ctx) => readApiKey(ctx.app, ctx.authorize('api_keys:write').merchantId, id),
    }),
    secret: t.exposeString('secret', {
      nullable: true,
      description: 'Store it now: the server keeps only a hash. Null when an idempotent request is repeated.',
    }),
  }),
})

const ApiKeyScope = builder.objectRef<Permission>('ApiKeyScope').implement({
  description: 'A permission that a key can have.',
  fields: (t) => ({
    name: t.string({ description: 'Name as in `ApiKey.scopes`, e.g. `orders:read`.', resolve: (scope) => scope }),
    description: t.string({
      description: 'The description of the permission, one sentence.',
      resolve: (scope) => PERMISSIONS[scope].doc,
    }),
    grantable: t.boolean({
      description: 'Whether you have it yourself, and so may grant it to a key.',
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
  fields: (t) => ({
    status: t.field({ type: [ApiKeyStatusEnum], description: 'Only keys with one of these statuses.' }),
  }),
})

builder.queryFields((t) => ({
  apiKeys: t.connection(
    {
      type: ApiKey,
      description: 'The API keys of the shop, newest first, expired and revoked ones included.',
      args: { filter: t.arg({ type: ApiKeyFilter, description: 'Conditions on the keys; all keys when left out.' }) },
      resolve: (_root, { filter, ...page }, ctx) =>
        keysetConnection(page, findApiKeys(ctx.app, ctx.authorize('api_keys:read').merchantId, filter?.status ?? null)),
    },
    ApiKeyConnection,
  ),
  apiKey: t.field({
    type: ApiKey,
    nullable: true,
    description: 'One key, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The API key.' }) },
    resolve: (_root, { id }, ctx) => findApiKey(ctx.app, ctx.authorize('api_keys:read').merchantId, id),
  }),
  apiKeyScopes: t.field({
    type: [ApiKeyScope],
    description: 'All permissions that a key can have.',
    resolve: (_root, _args, ctx) => {
      ctx.authorize('api_keys:read')
      return KEY_SCOPES
    },
  }),
}))

const IDEMPOTENCY = 'Repeating the same request with the same key does it once, and shows no secret the second time.'

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'The new key.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the key, 1 to 80 characters.' }),
    scopes: t.stringList({ required: true, description: 'Permissions of the key; only those that you have yourself.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When it expires; never when left out. A key that a key creates expires no later than its creator.',
    }),
    idempotencyKey: t.string({ description: IDEMPOTENCY }),
  }),
})

const RotateApiKeyInput = builder.inputType('RotateApiKeyInput', {
  description: 'The key to rotate.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The API key.' }),
    overlapHours: t.int({
      description: `Hours for which the current secret still works, 0 to ${MAX_OVERLAP_HOURS}; 24 when left out.`,
    }),
    idempotencyKey: t.string({ description: IDEMPOTENCY }),
  }),
})

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'The key to revoke.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The API key.' }),
    keepIssued: t.boolean({
      description:
        'true keeps everything that it issued (`ApiKey.issued`). By default that is revoked or disabled with it: an attacker with the key may have created it.',
    }),
  }),
})

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: IssuedApiKey,
    description: 'Creates a key and returns its secret once.',
    errors: {
      types: [ValidationError],
      union: { description: 'The key with its secret, or the problems of the input.' },
    },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The API key.' }) },
    resolve: (_root, { input }, ctx) => issueApiKey(ctx.app, ctx.authorize('api_keys:write'), input),
  }),
  rotateApiKey: t.field({
    type: IssuedApiKey,
    description:
      'Rotates the secret of a key and returns the new one once. The previous secret works for `overlapHours` more.',
    errors: {
      types: [NotFoundError, ValidationError, ApiKeyEndedError],
      union: { description: 'The key with its new secret, or the reason why it was not rotated.' },
    },
    args: { input: t.arg({ type: RotateApiKeyInput, required: true, description: 'The key and the overlap.' }) },
    resolve: (_root, { input }, ctx) => rotateApiKey(ctx.app, ctx.authorize('api_keys:write'), input),
  }),
  revokeApiKey: t.field({
    type: ApiKey,
    description:
      'Revokes a key. Requests with it are refused at once, open sockets end within five seconds. Keys that it created are revoked as well, its pending invitations too, and webhook endpoints at addresses that it entered are disabled.',
    errors: {
      types: [NotFoundError],
      union: { description: 'The revoked key, or the error that there is none with this id.' },
    },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'The API key.' }) },
    resolve: async (_root, { input }, ctx) => {
      const actor = ctx.authorize('api_keys:write')
      await revokeApiKey(ctx.app, actor, input.id, input)
      return readApiKey(ctx.app, actor.merchantId, input.id)
    },
  }),
}))
