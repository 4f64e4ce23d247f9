import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { authorize, type Actor, type ApiKeyActor } from '../../auth/actor.ts'
import { authenticate } from '../../auth/authenticate.ts'
import { KEY_SCOPES, type Permission } from '../../auth/permissions.ts'
import type { AppContext } from '../../context.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { inviteMember } from '../staff/invitations.ts'
import { openInvitation } from '../staff/joining.ts'
import { createEndpoint, updateEndpoint } from '../webhooks/endpoints/service.ts'
import { issueApiKey, rotateApiKey } from './issuing.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  shop = await createTestShop(app)
})

type Key = { id: string; secret: string; actor: ApiKeyActor }

const actorOf = async (secret: string): Promise<Actor | null> =>
  authenticate(app, { authorization: `Bearer ${secret}` })

async function issue(by: Actor, { name = 'Key', scopes = KEY_SCOPES as readonly Permission[] } = {}): Promise<Key> {
  const { id, secret } = await issueApiKey(app, authorize(by, 'api_keys:write'), { name, scopes: [...scopes] })
  return { id, secret: secret ?? '', actor: (await actorOf(secret ?? '')) as ApiKeyActor }
}
const rotate = async (by: Actor, id: string, overlapHours = 0): Promise<string> =>
  (await rotateApiKey(app, authorize(by, 'api_keys:write'), { id, overlapHours })).secret ?? ''
const works = async (secret: string) => (await actorOf(secret)) !== null
const address = () => `${crypto.randomUUID()}@shop.example`

const REVOKE = `mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { __typename ... on ApiKey { status } } }`
const revoke = (id: string, more: object = {}) => execute(app, shop.owner, REVOKE, { input: { id, ...more } })

const ISSUED = `query ($id: ID!) { apiKey(id: $id) { issued {
  apiKeys { id } invitations { id } webhookEndpoints { id } members { id } } } }`
type Ids = { id: string }[]
type Issued = { apiKeys: Ids; invitations: Ids; webhookEndpoints: Ids; members: Ids }
const issuedBy = async (id: string) =>
  (await execute<{ apiKey: { issued: Issued } }>(app, shop.owner, ISSUED, { id })).apiKey.issued

describe('a revoked key', () => {
  test('also revokes the keys it created and their keys, withdraws its invitations, and disables the endpoints whose URL it set', async () => {
    const key = await issue(shop.owner)
    const child = await issue(key.actor)
    const grandchild = await issue(child.actor, { scopes: ['orders:read'] })
    const { invitation, token } = await inviteMember(app, authorize(child.actor, 'staff:write'), {
      email: address(),
      role: 'VIEWER',
    })
    const { endpoint } = await createEndpoint(app, authorize(key.actor, 'webhooks:write'), {
      url: 'https://hooks.example/a',
    })
    const { endpoint: moved } = await createEndpoint(app, shop.owner, { url: 'https://hooks.example/b' })
    await updateEndpoint(app, authorize(child.actor, 'webhooks:write'), {
      endpointId: moved.id,
      url: 'https://elsewhere.example/',
    })
    const { endpoint: own } = await createEndpoint(app, shop.owner, { url: 'https://hooks.example/c' })
    const other = await issue(shop.owner)

    const issued = await issuedBy(key.id)
    expect(issued.apiKeys.map(({ id }) => id).toSorted()).toEqual([child.id, grandchild.id].toSorted())
    expect(issued.invitations).toEqual([{ id: invitation.id }])
    expect(issued.webhookEndpoints.map(({ id }) => id)).toEqual([endpoint.id, moved.id])

    expect(await revoke(key.id)).toMatchObject({ revokeApiKey: { status: 'REVOKED' } })
    for (const { secret } of [key, child, grandchild]) expect(await works(secret)).toBe(false)
    expect((await openInvitation(app, token ?? ''))?.status).toBe('REVOKED')
    const text = `SELECT id, status FROM webhook_endpoint ORDER BY created_at`
    expect(await queryMerchant(app, shop.merchantId, text)).toEqual([
      { id: endpoint.id, status: 'DISABLED' },
      { id: moved.id, status: 'DISABLED' },
      { id: own.id, status: 'ENABLED' },
    ])
    expect(await works(other.secret)).toBe(true)
    expect(await issuedBy(key.id)).toEqual({ apiKeys: [], invitations: [], webhookEndpoints: [], members: [] })
    const audit = `SELECT count(*)::int AS n FROM audit_entry WHERE action = 'api_key.revoke' AND detail->>'issuedBy' = $1`
    expect(await queryMerchant(app, shop.merchantId, audit, [key.id])).toEqual([{ n: 2 }])
  })

  test('keeps all of that on request, and ends it when it is revoked again without the request', async () => {
    const key = await issue(shop.owner)
    const child = await issue(key.actor)
    await revoke(key.id, { keepIssued: true })
    expect([await works(key.secret), await works(child.secret)]).toEqual([false, true])
    await revoke(key.id)
    expect(await works(child.secret)).toBe(false)
  })

  test('keeps a key whose secret a person has rotated since', async () => {
    const key = await issue(shop.owner)
    const child = await issue(key.actor)
    const [fresh, before] = [await rotate(shop.owner, child.id, 24), child.secret]
    expect([await works(fresh), await works(before)]).toEqual([true, true])
    await revoke(key.id)
    // The secret before was shown to the key: it does not live on by the overlap.
    expect([await works(fresh), await works(before)]).toEqual([true, false])
  })

  test('ends keys that rotate themselves or each other', async () => {
    const key = await issue(shop.owner)
    const [a, b] = [await issue(key.actor), await issue(key.actor)]
    const renewed = await rotate(a.actor, a.id)
    const c = await issue((await actorOf(renewed)) as Actor)
    const [ofA, ofB] = [await rotate(c.actor, a.id), await rotate(c.actor, b.id)]
    const taken = await issue(shop.owner)
    const ofTaken = await rotate(c.actor, taken.id)
    await revoke(key.id)
    for (const secret of [ofA, ofB, c.secret, ofTaken]) expect(await works(secret)).toBe(false)
  })

  test('ends what it creates concurrently', async () => {
    const key = await issue(shop.owner)
    const actor = authorize(key.actor, 'api_keys:write')
    const [made] = await Promise.allSettled([
      Promise.all(Array.from({ length: 6 }, () => issueApiKey(app, actor, { name: 'Late', scopes: ['orders:read'] }))),
      revoke(key.id),
    ])
    const inUse = `SELECT count(*)::int AS n FROM api_key WHERE name = 'Late' AND revoked_at IS NULL`
    expect(await queryMerchant(app, shop.merchantId, inUse), made.status).toEqual([{ n: 0 }])
    await expect(issueApiKey(app, actor, { name: 'Later', scopes: ['orders:read'] })).rejects.toThrow(
      'Your access to this shop ended a moment ago.',
    )
  })

  test('reports the members who joined by its invitations, who stay', async () => {
    const key = await issue(shop.owner)
    const email = address()
    await inviteMember(app, authorize(key.actor, 'staff:write'), { email, role: 'AGENT' })
    await queryMerchant(app, shop.merchantId, 'UPDATE invitation SET accepted_at = now() WHERE email = $1', [email])
    const { staffId } = await createStaff(app, shop.merchantId, { email, role: 'AGENT' })
    expect((await issuedBy(key.id)).members).toEqual([{ id: staffId }])
    await revoke(key.id)
    expect(
      await queryMerchant(app, shop.merchantId, 'SELECT 1 FROM membership WHERE user_id = $1', [staffId]),
    ).toHaveLength(1)
  })
})

test('the keys whose secret a member may know are listed, all or those with more permissions than a role', async () => {
  const strong = await issue(shop.owner, { name: 'Strong', scopes: ['staff:write', 'orders:read'] })
  const weak = await issue(shop.owner, { name: 'Weak', scopes: ['orders:read'] })
  const query = `query ($beyond: StaffRole) { staffMembers { edges { node { issuedApiKeys(beyond: $beyond) { id } } } } }`
  const keys = async (beyond: string | null) =>
    (await execute<{ staffMembers: { edges: { node: { issuedApiKeys: Ids } }[] } }>(app, shop.owner, query, { beyond }))
      .staffMembers.edges[0]?.node.issuedApiKeys
  expect(await keys(null)).toEqual([{ id: strong.id }, { id: weak.id }])
  expect(await keys('MANAGER')).toEqual([{ id: strong.id }])
  const second = await createStaff(app, shop.merchantId, { role: 'OWNER' })
  await rotate(second, strong.id)
  expect(await keys(null)).toEqual([{ id: weak.id }])
})
