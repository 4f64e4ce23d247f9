import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { Actor, ApiKeyActor, StaffActor } from '../../auth/actor.ts'
import { authenticate } from '../../auth/authenticate.ts'
import { createAuthenticator } from '../../auth/authenticator.ts'
import { KEY_SCOPES, permissionsOfRole } from '../../auth/permissions.ts'
import type { AppContext } from '../../context.ts'
import { createApiKey } from './service.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let owner: TestShop['owner']
beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shop = await createTestShop(app)
  owner = shop.owner
})
afterAll(() => testApp[Symbol.asyncDispose]())

type Key = {
  id: string
  name: string
  prefix: string
  scopes: string[]
  status: string
  createdBy: string | null
  expiresAt: string | null
  lastUsedAt: string | null
  revokedAt: string | null
  previousSecretExpiresAt: string | null
}
type Outcome = {
  __typename: string
  message?: string
  issues?: { path: string; message: string }[]
  apiKey: Key
  secret: string | null
}

const KEY = 'id name prefix scopes status createdBy expiresAt lastUsedAt revokedAt previousSecretExpiresAt'
const ISSUED = `__typename ... on IssuedApiKey { secret apiKey { ${KEY} } }
  ... on Error { message } ... on ValidationError { issues { path message } }`
const mutate = async (actor: Actor, name: 'createApiKey' | 'rotateApiKey', input: object): Promise<Outcome> => {
  const type = name === 'createApiKey' ? 'CreateApiKeyInput' : 'RotateApiKeyInput'
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${ISSUED} } }`
  return (await execute<Record<string, Outcome>>(app, actor, document, JSON.parse(JSON.stringify({ input }))))[
    name
  ] as Outcome
}
const create = (input: object, actor: Actor = owner) => mutate(actor, 'createApiKey', input)
const rotate = (input: object, actor: Actor = owner) => mutate(actor, 'rotateApiKey', input)
const revoke = (id: string, actor: Actor = owner) =>
  execute<{ revokeApiKey: Key & { __typename: string } }>(
    app,
    actor,
    `mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { __typename ... on ApiKey { ${KEY} } } }`,
    { id },
  )
const whoHas = async (secret: string | null) => await authenticate(app, { authorization: `Bearer ${secret}` })
const works = async (secret: string | null) => (await whoHas(secret)) !== null
const db = () => tenantDb(app.database, shop.merchantId)
const hours = (n: number) => new Date(Date.now() + n * 3600_000)
const near = (text: string | null, wanted: Date) => Math.abs(Date.parse(text ?? '') - wanted.getTime()) < 30_000

describe('a new key', () => {
  test('returns its secret once, and is valid', async () => {
    const made = await create({ name: ' Till ', scopes: ['orders:read'], expiresAt: hours(1) })
    expect(made.__typename).toBe('IssuedApiKey')
    expect(made.apiKey).toMatchObject({
      name: 'Till',
      scopes: ['orders:read'],
      status: 'ACTIVE',
      createdBy: owner.name,
      lastUsedAt: null,
      prefix: made.secret?.slice(0, 8),
    })
    expect(await whoHas(made.secret)).toMatchObject({ kind: 'API_KEY', apiKeyId: made.apiKey.id })
    const everything = JSON.stringify([await db().apiKey.findMany(), await db().auditEntry.findMany()])
    expect(everything).not.toContain(made.secret?.slice(8))
  })

  test('is created once for an idempotency key, and a repeat does not return its secret', async () => {
    const input = { name: 'Once', scopes: ['orders:read'], idempotencyKey: randomUUID() }
    const [first, again] = [await create(input), await create(input)]
    expect(again.apiKey).toEqual(first.apiKey)
    expect([first.secret, again.secret]).toEqual([expect.stringMatching(/^sl_/), null])
    expect(await db().apiKey.count({ where: { name: 'Once' } })).toBe(1)
  })

  test.each([
    ['an empty name', { name: '  ' }, 'input.name'],
    ['a long name', { name: 'x'.repeat(81) }, 'input.name'],
    ['no scope', { scopes: [] }, 'input.scopes'],
    ['an unknown scope', { scopes: ['orders:read', 'orders:fly'] }, 'input.scopes.1'],
    ['the bot’s scope', { scopes: ['bot:turns'] }, 'input.scopes.0'],
    ['a scope twice', { scopes: ['orders:read', 'orders:read'] }, 'input.scopes'],
    ['an end in the past', { expiresAt: new Date(0) }, 'input.expiresAt'],
  ])('is refused for %s, with its path', async (_what, wrong, path) => {
    const { __typename, issues } = await create({ name: 'Wrong', scopes: ['orders:read'], ...wrong })
    expect([__typename, issues?.map((issue) => issue.path)]).toEqual(['ValidationError', [path]])
    expect(await db().apiKey.count({ where: { name: 'Wrong' } })).toBe(0)
  })

  test('has no more permissions than its creator, and expires no later', async () => {
    const clerk: StaffActor = {
      ...owner,
      permissions: new Set([...permissionsOfRole('AGENT'), 'api_keys:read', 'api_keys:write']),
    }
    await expect(create({ name: 'Clerk', scopes: ['orders:read', 'staff:write'] }, clerk)).rejects.toThrow(
      'This key needs the permission "staff:write", which you lack.',
    )
    const parent = await create({ name: 'Parent', scopes: ['orders:read', 'api_keys:write'], expiresAt: hours(2) })
    const actor = (await whoHas(parent.secret)) as ApiKeyActor
    await expect(create({ name: 'Child', scopes: ['orders:write'], expiresAt: hours(1) }, actor)).rejects.toThrow(
      'orders:write',
    )
    for (const [input, path] of [
      [{ scopes: ['orders:read'], expiresAt: hours(3) }, 'input.expiresAt'],
      [{ scopes: ['orders:read'] }, 'input.expiresAt'],
    ] as const)
      expect((await create({ name: 'Child', ...input }, actor)).issues?.map((issue) => issue.path)).toEqual([path])
    const child = await create({ name: 'Child', scopes: ['orders:read'], expiresAt: hours(1) }, actor)
    expect(child.apiKey).toMatchObject({ createdBy: 'Parent', scopes: ['orders:read'] })
  })

  test('is refused when a hundred are active, and accepted again when one has ended', async () => {
    const full = await createTestShop(app)
    const row = (n: number) => ({
      merchantId: full.merchantId,
      name: `Key ${n}`,
      prefix: 'sl_00000',
      secretHash: Buffer.from(randomUUID()),
      scopes: ['orders:read'],
    })
    await tenantDb(app.database, full.merchantId).apiKey.createMany({
      data: Array.from({ length: 99 }, (_, n) => row(n)),
    })
    const one = { name: 'One more', scopes: ['orders:read'] }
    expect((await create(one, full.owner)).issues?.[0]?.message).toContain('at most 100 keys')
    const first = await tenantDb(app.database, full.merchantId).apiKey.findFirstOrThrow({ where: { name: 'Key 0' } })
    await revoke(first.id, full.owner)
    expect((await create(one, full.owner)).__typename).toBe('IssuedApiKey')
  })
})

describe('a rotation', () => {
  test('keeps the previous secret valid exactly for the overlap', async () => {
    const made = await create({ name: 'Rotates', scopes: ['orders:read'] })
    const rotated = await rotate({ id: made.apiKey.id, overlapHours: 72 })
    expect(rotated.secret).not.toBe(made.secret)
    expect(rotated.apiKey).toMatchObject({ id: made.apiKey.id, prefix: rotated.secret?.slice(0, 8), status: 'ACTIVE' })
    expect(near(rotated.apiKey.previousSecretExpiresAt, hours(72))).toBe(true)
    expect([await works(made.secret), await works(rotated.secret)]).toEqual([true, true])
    // The old one ends with its overlap, the new one does not by itself.
    expect(near(((await whoHas(made.secret)) as ApiKeyActor).endsAt?.toISOString() ?? '', hours(72))).toBe(true)
    expect(((await whoHas(rotated.secret)) as ApiKeyActor).endsAt).toBeNull()
    await db().apiKey.update({ where: { id: made.apiKey.id }, data: { previousSecretExpiresAt: new Date() } })
    expect([await works(made.secret), await works(rotated.secret)]).toEqual([false, true])
  })

  test('without overlap ends the previous secret at once; the default overlap is a day', async () => {
    const made = await create({ name: 'At once', scopes: ['orders:read'] })
    const now = await rotate({ id: made.apiKey.id, overlapHours: 0 })
    expect([await works(made.secret), now.apiKey.previousSecretExpiresAt]).toEqual([false, null])
    const later = await rotate({ id: made.apiKey.id })
    expect(near(later.apiKey.previousSecretExpiresAt, hours(24))).toBe(true)
  })

  test('during an overlap ends the oldest of three secrets', async () => {
    const made = await create({ name: 'Twice', scopes: ['orders:read'] })
    const second = await rotate({ id: made.apiKey.id, overlapHours: 72 })
    const third = await rotate({ id: made.apiKey.id, overlapHours: 72 })
    expect([await works(made.secret), await works(second.secret), await works(third.secret)]).toEqual([
      false,
      true,
      true,
    ])
  })

  test('runs once for an idempotency key, also for concurrent requests', async () => {
    const made = await create({ name: 'Raced', scopes: ['orders:read'] })
    const input = { id: made.apiKey.id, overlapHours: 1, idempotencyKey: randomUUID() }
    const both = await Promise.all([rotate(input), rotate(input)])
    const shown = both.map(({ secret }) => secret).filter((secret) => secret !== null)
    expect(shown).toHaveLength(1)
    expect([await works(made.secret), await works(shown[0] ?? null)]).toEqual([true, true])
  })

  test.each([-1, 73])('refuses an overlap of %i hours', async (overlapHours) => {
    const made = await create({ name: 'Bound', scopes: ['orders:read'] })
    expect((await rotate({ id: made.apiKey.id, overlapHours })).issues?.[0]?.path).toBe('input.overlapHours')
  })

  test('is refused for a key with more permissions than the actor, who would learn its secret', async () => {
    const strong = await create({ name: 'Strong', scopes: ['orders:write'] })
    const weak = await create({ name: 'Weak', scopes: ['api_keys:write'] })
    const actor = (await whoHas(weak.secret)) as Actor
    await expect(rotate({ id: strong.apiKey.id }, actor)).rejects.toThrow('"orders:write", which you lack')
    expect(await works(strong.secret)).toBe(true)
    // A secret on its way out does not renew itself, and so a leaked one is outlived.
    await rotate({ id: weak.apiKey.id, overlapHours: 1 })
    const old = (await whoHas(weak.secret)) as Actor
    await expect(rotate({ id: weak.apiKey.id }, old)).rejects.toThrow('expires later')
  })

  test('is refused for an ended key', async () => {
    const revoked = await create({ name: 'Gone', scopes: ['orders:read'] })
    await revoke(revoked.apiKey.id)
    const expired = await create({ name: 'Over', scopes: ['orders:read'], expiresAt: hours(1) })
    await db().apiKey.update({ where: { id: expired.apiKey.id }, data: { expiresAt: new Date() } })
    for (const { apiKey } of [revoked, expired])
      expect((await rotate({ id: apiKey.id })).__typename).toBe('ApiKeyEndedError')
  })
})

test('revoking ends both secrets, once, and the key stays in the list', async () => {
  const made = await create({ name: 'Ends', scopes: ['orders:read'] })
  const rotated = await rotate({ id: made.apiKey.id, overlapHours: 5 })
  const { revokeApiKey: ended } = await revoke(made.apiKey.id)
  expect(ended).toMatchObject({ status: 'REVOKED', previousSecretExpiresAt: null, revokedAt: expect.any(String) })
  expect([await works(made.secret), await works(rotated.secret)]).toEqual([false, false])
  expect((await revoke(made.apiKey.id)).revokeApiKey.revokedAt).toBe(ended.revokedAt)
})

test('the list has every key with its status, newest first, and can be filtered', async () => {
  const other = await createTestShop(app)
  const [active, revoked, expired] = [
    await create({ name: 'A', scopes: ['orders:read'] }, other.owner),
    await create({ name: 'B', scopes: ['orders:read'] }, other.owner),
    await create({ name: 'C', scopes: ['orders:read'], expiresAt: hours(1) }, other.owner),
  ]
  await revoke(revoked.apiKey.id, other.owner)
  await tenantDb(app.database, other.merchantId).apiKey.update({
    where: { id: expired.apiKey.id },
    data: { expiresAt: new Date() },
  })
  const list = async (filter: object | null, first = 10) => {
    const document = `query ($filter: ApiKeyFilter, $first: Int) { apiKeys(filter: $filter, first: $first) {
      totalCount pageInfo { hasNextPage } edges { node { name status } } } }`
    type Page = {
      apiKeys: {
        totalCount: number
        pageInfo: { hasNextPage: boolean }
        edges: { node: { name: string; status: string } }[]
      }
    }
    const { apiKeys } = await execute<Page>(app, other.owner, document, { filter, first })
    return { ...apiKeys, edges: apiKeys.edges.map(({ node }) => `${node.name} ${node.status}`) }
  }
  expect((await list(null)).edges).toEqual(['C EXPIRED', 'B REVOKED', 'A ACTIVE', 'Test key ACTIVE'])
  expect(await list({ status: ['REVOKED', 'EXPIRED'] }, 1)).toEqual({
    totalCount: 2,
    pageInfo: { hasNextPage: true },
    edges: ['C EXPIRED'],
  })
  expect(active.apiKey.createdBy).toBe(other.owner.name)
})

test('the scopes are listed with their meaning, and with whether the caller may grant them', async () => {
  const manager = await createStaff(app, shop.merchantId, { role: 'MANAGER' })
  const { apiKeyScopes } = await execute<{ apiKeyScopes: { name: string; grantable: boolean }[] }>(
    app,
    manager,
    '{ apiKeyScopes { name description grantable } }',
  )
  expect(apiKeyScopes.map(({ name }) => name)).toEqual(KEY_SCOPES)
  for (const { name, grantable } of apiKeyScopes)
    expect(grantable, name).toBe(permissionsOfRole('MANAGER').has(name as never))
})

describe('the time of the last use', () => {
  const lastUsed = async (id: string) => (await db().apiKey.findUniqueOrThrow({ where: { id } })).lastUsedAt

  test('is written at most once a minute, by any number of processes', async () => {
    const { id, secret } = await createApiKey(app, owner, { name: 'Used', scopes: ['orders:read'] })
    const credentials = { authorization: `Bearer ${secret}` }
    await using one = await createAuthenticator(app)
    await using other = await createAuthenticator(app)
    await one.authenticate(credentials)
    await vi.waitFor(async () => expect(await lastUsed(id)).not.toBeNull())
    const first = await lastUsed(id)
    for (const authenticator of [one, other]) await authenticator.authenticate(credentials)
    await other[Symbol.asyncDispose]()
    expect(await lastUsed(id)).toEqual(first)
    const long = new Date(Date.now() - 61_000)
    await db().apiKey.update({ where: { id }, data: { lastUsedAt: long } })
    await using third = await createAuthenticator(app)
    await third.authenticate(credentials)
    await third[Symbol.asyncDispose]()
    expect((await lastUsed(id))?.getTime()).toBeGreaterThan(long.getTime())
  })

  test('neither delays nor fails a request', async () => {
    const { secret } = await createApiKey(app, owner, { name: 'Held up', scopes: ['orders:read'] })
    const query = app.database.pool.query.bind(app.database.pool)
    const spy = vi
      .spyOn(app.database.pool, 'query')
      .mockImplementation(((config: { text?: string }) =>
        config.text?.includes('UPDATE api_key SET last_used_at')
          ? Promise.reject(new Error('no room left'))
          : query(config as never)) as never)
    await using authenticator = await createAuthenticator(app)
    const actor = await authenticator.authenticate({ authorization: `Bearer ${secret}` })
    spy.mockRestore()
    expect(actor?.kind).toBe('API_KEY')
  })
})

test('the cache drops a secret when it expires', async () => {
  const made = await create({ name: 'Brief', scopes: ['orders:read'] })
  await db().apiKey.update({ where: { id: made.apiKey.id }, data: { expiresAt: new Date(Date.now() + 300) } })
  await using authenticator = await createAuthenticator(app)
  const credentials = { authorization: `Bearer ${made.secret}` }
  expect(await authenticator.authenticate(credentials)).not.toBeNull()
  await vi.waitFor(async () => expect(await authenticator.authenticate(credentials)).toBeNull(), {
    timeout: 1_500,
    interval: 50,
  })
})
