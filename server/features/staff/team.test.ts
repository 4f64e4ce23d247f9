import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCustomer, execute } from '../../../test/harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../../../test/harness/storeline.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import { authenticate } from '../../auth/authenticate.ts'
import type { Permission } from '../../auth/permissions.ts'
import type { AppContext } from '../../context.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import type { StaffRole } from '../../generated/prisma/enums.ts'
import { createApiKey } from '../api-keys/service.ts'
import { inviteMember } from './invitations.ts'
import { openInvitation } from './joining.ts'
import { signIn } from './service.ts'

let storeline: TestStoreline
let app: AppContext
let shop: TestShop
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  app = storeline.app
})
afterAll(() => storeline[Symbol.asyncDispose]())

const CHANGE =
  'mutation ($input: ChangeMemberRoleInput!) { result: changeMemberRole(input: $input) { __typename ... on StaffMember { id role } ... on TeamRuleError { rule message } ... on Error { message } } }'
const REMOVE =
  'mutation ($input: RemoveMemberInput!) { result: removeMember(input: $input) { __typename ... on RemovedMember { id } ... on TeamRuleError { rule } ... on Error { message } } }'
type Result = { result: { __typename: string; id?: string; role?: StaffRole; rule?: string; message?: string } }
type Doer = Parameters<typeof execute>[1]

const change = async (actor: Doer, input: object) => (await execute<Result>(app, actor, CHANGE, { input })).result
const remove = async (actor: Doer, memberId: string) =>
  (await execute<Result>(app, actor, REMOVE, { input: { memberId } })).result

/** A member with a session, as their browser has it. */
async function member(role: StaffRole) {
  const email = `${crypto.randomUUID()}@shop.example`
  const staff = await createStaff(app, shop.merchantId, { email, role })
  const { token, actor } = await signIn(app, { email, password: 'a password for tests' })
  return { ...staff, email, token, actor, cookie: { cookie: `storeline_session=${token}` } }
}

async function keyWith({ owner }: TestShop, scopes: readonly Permission[]) {
  const { secret } = await createApiKey(app, owner, { name: 'Narrow', scopes })
  return { authorization: `Bearer ${secret}` }
}

beforeAll(async () => {
  shop = storeline.shop
})

describe('roles', () => {
  test('are changed by owners, with an audit entry unless nothing changes', async () => {
    const agent = await member('AGENT')
    expect(await change(shop.owner, { memberId: agent.staffId, role: 'MANAGER' })).toMatchObject({
      id: agent.staffId,
      role: 'MANAGER',
    })
    await change(shop.owner, { memberId: agent.staffId, role: 'MANAGER' })
    const entries = await tenantDb(app.database, shop.merchantId).auditEntry.findMany({
      where: { action: 'staff.change_role', subjectId: agent.staffId },
    })
    expect(entries.map(({ actor, detail }) => ({ actor, detail }))).toEqual([
      { actor: `STAFF:${shop.owner.staffId}`, detail: { from: 'AGENT', to: 'MANAGER' } },
    ])
  })

  test('of oneself, of the last owner, and above the permissions of a key cannot be changed', async () => {
    const second = await member('OWNER')
    const agent = await member('AGENT')
    const key = await authenticate(app, shop.key)
    expect(await change(second, { memberId: second.staffId, role: 'AGENT' })).toMatchObject({ rule: 'OWN_ROLE' })
    expect(await change(key, { memberId: second.staffId, role: 'AGENT' })).toMatchObject({ rule: 'ABOVE_OWN_ROLE' })
    expect(await change(key, { memberId: agent.staffId, role: 'OWNER' })).toMatchObject({ rule: 'ABOVE_OWN_ROLE' })
    expect(await change(key, { memberId: agent.staffId, role: 'VIEWER' })).toMatchObject({ role: 'VIEWER' })
    expect(await remove(key, second.staffId)).toMatchObject({ rule: 'ABOVE_OWN_ROLE' })
    expect(await remove(shop.owner, second.staffId)).toMatchObject({ id: second.staffId })
    expect(await remove(shop.owner, shop.owner.staffId)).toMatchObject({ rule: 'LAST_OWNER' })
  })

  test('of an owner who has just been demoted no longer apply', async () => {
    const second = await member('OWNER')
    const agent = await member('AGENT')
    await change(shop.owner, { memberId: second.staffId, role: 'MANAGER' })
    await expect(change(second, { memberId: agent.staffId, role: 'OWNER' })).rejects.toThrow(
      'Only owners manage the team.',
    )
  })

  test('are listed as far as the caller may grant them', async () => {
    const other = await createTestShop(app)
    const agent = await createStaff(app, other.merchantId, { role: 'AGENT' })
    const key = await authenticate(app, other.key)
    const narrow = await authenticate(app, await keyWith(other, ['staff:read', 'staff:write']))
    const query = '{ viewer { invitableRoles } staffMembers { edges { node { id assignableRoles removable } } } }'
    type Told = {
      viewer: { invitableRoles: StaffRole[] }
      staffMembers: { edges: { node: { id: string; assignableRoles: StaffRole[]; removable: boolean } }[] }
    }
    const told = async (actor: Doer) => {
      const { viewer, staffMembers } = await execute<Told>(app, actor, query)
      const of = (id: string) => staffMembers.edges.find(({ node }) => node.id === id)?.node
      return { invitable: viewer.invitableRoles, owner: of(other.owner.staffId), agent: of(agent.staffId) }
    }
    expect(await told(other.owner)).toMatchObject({
      invitable: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'],
      owner: { assignableRoles: [], removable: false },
      agent: { assignableRoles: ['OWNER', 'MANAGER', 'VIEWER'], removable: true },
    })
    expect(await told(key)).toMatchObject({
      invitable: ['MANAGER', 'AGENT', 'VIEWER'],
      owner: { assignableRoles: [], removable: false },
      agent: { assignableRoles: ['MANAGER', 'VIEWER'] },
    })
    expect(await told(narrow)).toMatchObject({
      invitable: [],
      agent: { assignableRoles: ['VIEWER'], removable: true },
    })
    expect(await told(agent)).toMatchObject({ invitable: [], agent: { assignableRoles: [], removable: false } })
  })

  test('that are lowered, and members who leave, end the invitations they sent', async () => {
    const [lowered, removed] = [await member('OWNER'), await member('OWNER')]
    const invited = await Promise.all(
      [lowered, removed, shop.owner].map((by) =>
        inviteMember(app, by, { email: `${crypto.randomUUID()}@shop.example`, role: 'OWNER' }),
      ),
    )
    await change(shop.owner, { memberId: lowered.staffId, role: 'MANAGER' })
    await remove(shop.owner, removed.staffId)
    const statuses = await Promise.all(invited.map(({ token }) => openInvitation(app, token ?? '')))
    expect(statuses.map((one) => one?.status)).toEqual(['REVOKED', 'REVOKED', 'PENDING'])
  })

  test('two owners who remove each other at the same time leave one', async () => {
    const other = await createTestShop(app)
    const second = await createStaff(app, other.merchantId, { role: 'OWNER' })
    const outcomes = await Promise.allSettled([
      remove(other.owner, second.staffId),
      remove(second, other.owner.staffId),
    ])
    const done = outcomes.filter((one) => one.status === 'fulfilled' && one.value.__typename === 'RemovedMember')
    expect(done).toHaveLength(1)
    expect(await tenantDb(app.database, other.merchantId).membership.count({ where: { role: 'OWNER' } })).toBe(1)
  })
})

describe('a member', () => {
  test('who is removed loses access at once: sessions end, and open sockets within five seconds', async () => {
    const agent = await member('AGENT')
    const client = storeline.graphql(agent.cookie)
    const viewer = '{ viewer { id } }'
    expect(await client.run(viewer)).toEqual({ viewer: { id: agent.staffId } })
    await using events = client.subscribe('subscription { events { cursor } }', {})
    await events.connected
    const begun = Date.now()
    await remove(shop.owner, agent.staffId)
    expect((await events.next(6_000)).errors?.[0]?.extensions).toEqual({ close: 4403 })
    expect(Date.now() - begun).toBeLessThan(5_000)
    expect(await storeline.graphql(agent.cookie).run(viewer)).toEqual({ viewer: null })
    await expect(signIn(app, { email: agent.email, password: 'a password for tests' })).rejects.toThrow('is wrong')
  })

  test('who is removed stays in another shop, where their password still works', async () => {
    const agent = await member('AGENT')
    const other = await createTestShop(app)
    await withTenant(app, other.owner, ({ tx }) =>
      tx.membership.create({ data: { merchantId: other.merchantId, userId: agent.staffId, role: 'VIEWER' } }),
    )
    await remove(shop.owner, agent.staffId)
    const { actor } = await signIn(app, { email: agent.email, password: 'a password for tests' })
    expect(actor).toMatchObject({ merchantId: other.merchantId, role: 'VIEWER' })
  })

  test('who is removed is unassigned from conversations, and their messages stay', async () => {
    const agent = await member('AGENT')
    const db = tenantDb(app.database, shop.merchantId)
    const { conversationId: id } = await createCustomer(app, shop.merchantId)
    await db.conversation.update({
      where: { id },
      data: { mode: 'HUMAN', assigneeId: agent.staffId, windowExpiresAt: new Date(Date.now() + 3600_000) },
    })
    await execute(
      app,
      agent,
      'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename ... on Error { message } } }',
      { input: { conversationId: id, text: 'hello' } },
    )
    await remove(shop.owner, agent.staffId)
    const { conversation } = await execute<{ conversation: unknown }>(
      app,
      shop.owner,
      'query ($id: ID!) { conversation(id: $id) { mode assignee { id } messages(first: 5) { edges { node { text author staff { id } } } } } }',
      { id },
    )
    expect(conversation).toMatchObject({
      mode: 'HUMAN',
      assignee: null,
      messages: { edges: [{ node: { text: 'hello', author: 'STAFF', staff: null } }] },
    })
  })

  test('whose role changes reconnects with the new permissions', async () => {
    const agent = await member('AGENT')
    const client = storeline.graphql(agent.cookie)
    await using events = client.subscribe('subscription { events { cursor } }', {})
    await events.connected
    await change(shop.owner, { memberId: agent.staffId, role: 'VIEWER' })
    expect((await events.next(6_000)).errors?.[0]?.extensions).toEqual({ close: 4403 })
    expect(await storeline.graphql(agent.cookie).run('{ viewer { role } }')).toEqual({ viewer: { role: 'VIEWER' } })
  })
})
