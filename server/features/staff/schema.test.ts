import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { botActor } from '../../../test/harness/app.ts'
import { startTestStoreline } from '../../../test/harness/storeline.ts'
import { authenticate } from '../../auth/authenticate.ts'
import type { AppContext } from '../../context.ts'
import { withTenant } from '../../unit-of-work/unit-of-work.ts'
import { signIn } from './service.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shop = await createTestShop(app)
})
afterAll(() => testApp[Symbol.asyncDispose]())

type Page = {
  staffMembers: {
    totalCount: number
    edges: { node: { id: string; role: string; email: string } }[]
    pageInfo: { hasNextPage: boolean; endCursor: string }
  }
}
const MEMBERS =
  'query ($first: Int, $after: String) { staffMembers(first: $first, after: $after) { totalCount edges { node { id role email } } pageInfo { hasNextPage endCursor } } }'

describe('the team of a shop', () => {
  test('is listed in the order of joining, in pages', async () => {
    const joined = [shop.owner.staffId]
    for (const role of ['MANAGER', 'AGENT', 'VIEWER'] as const)
      joined.push((await createStaff(app, shop.merchantId, { role })).staffId)
    const seen: string[] = []
    for (let after: string | null = null; ;) {
      const { staffMembers }: Page = await execute<Page>(app, shop.owner, MEMBERS, { first: 3, after })
      seen.push(...staffMembers.edges.map(({ node }) => node.id))
      expect(staffMembers.totalCount).toBe(4)
      if (!staffMembers.pageInfo.hasNextPage) break
      after = staffMembers.pageInfo.endCursor
    }
    expect(seen).toEqual(joined)
  })
})

describe('the viewer', () => {
  const VIEWER = '{ viewer { id kind name role permissions merchant { id } } }'

  test('is a member with a role, a key with scopes, or the bot on a turn', async () => {
    expect(await execute(app, shop.owner, VIEWER)).toMatchObject({
      viewer: { id: shop.owner.staffId, kind: 'STAFF', role: 'OWNER', merchant: { id: shop.merchantId } },
    })
    const key = await authenticate(app, shop.key)
    expect(await execute(app, key, VIEWER)).toMatchObject({
      viewer: { kind: 'API_KEY', role: null, name: 'Test key', permissions: expect.arrayContaining(['orders:write']) },
    })
    const bot = botActor(shop.merchantId, crypto.randomUUID())
    expect(await execute(app, bot, VIEWER)).toMatchObject({ viewer: { id: bot.turnId, kind: 'BOT', name: 'Bot' } })
    expect(await execute(app, null, VIEWER)).toEqual({ viewer: null })
  })
})

describe('a person who works in two shops', () => {
  test('signs in to the first one joined, or to the one they name', async () => {
    const other = await createTestShop(app)
    await withTenant(app, other.owner, ({ tx }) =>
      tx.membership.create({ data: { merchantId: other.merchantId, userId: shop.owner.staffId, role: 'VIEWER' } }),
    )
    const { email, password } = shop
    expect((await signIn(app, { email, password })).actor).toMatchObject({ merchantId: shop.merchantId, role: 'OWNER' })
    const named = await signIn(app, { email, password, merchantId: other.merchantId })
    expect(named.actor).toMatchObject({ merchantId: other.merchantId, role: 'VIEWER' })
    expect(await authenticate(app, { sessionToken: named.token })).toMatchObject({
      kind: 'STAFF',
      merchantId: other.merchantId,
      role: 'VIEWER',
    })
  })
  test('lists both and switches, which ends the session in the first', async () => {
    await using storeline = await startTestStoreline({ roles: ['api'] })
    const { app: served, shop: first } = storeline
    const second = await createTestShop(served)
    await withTenant(served, second.owner, ({ tx }) =>
      tx.membership.create({ data: { merchantId: second.merchantId, userId: first.owner.staffId, role: 'VIEWER' } }),
    )
    const { token } = await signIn(served, { email: first.email, password: first.password })
    const client = storeline.graphql({ cookie: `storeline_session=${token}` })
    const { viewer } = await client.run<{ viewer: { shops: { id: string; role: string }[] } }>(
      '{ viewer { shops { id role } } }',
    )
    expect(viewer.shops).toEqual([
      { id: first.merchantId, role: 'OWNER' },
      { id: second.merchantId, role: 'VIEWER' },
    ])
    const OPEN =
      'mutation ($id: ID!) { openShop(input: { merchantId: $id }) { __typename ... on Viewer { role merchant { id } } } }'
    const third = await createTestShop(served)
    expect(await client.run(OPEN, { id: third.merchantId })).toEqual({ openShop: { __typename: 'NotFoundError' } })
    const { data, headers } = await client.send(OPEN, { id: second.merchantId })
    expect(data).toEqual({ openShop: { __typename: 'Viewer', role: 'VIEWER', merchant: { id: second.merchantId } } })
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? ''
    expect(await storeline.graphql({ cookie }).run('{ viewer { merchant { id } } }')).toEqual({
      viewer: { merchant: { id: second.merchantId } },
    })
    expect(await client.run('{ viewer { id } }')).toEqual({ viewer: null })
    expect(await storeline.graphql(first.key).run('{ viewer { shops { id } } }')).toEqual({ viewer: { shops: [] } })
  })
})
