import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCustomer, execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createStaff, createTestProduct, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { authorize } from '../../auth/actor.ts'
import { authenticate } from '../../auth/authenticate.ts'
import type { AppContext } from '../../context.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { withRequestId } from '../../request-id.ts'
import { setCartLine } from '../carts/service.ts'
import { placeOrder } from '../orders/service/place-order.ts'
import { transitionOrder } from '../orders/service/transition-order.ts'
import { changeMemberRole, removeMember } from '../staff/team.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
let orderId: string
let customerId: string
let agentId: string
beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shop = await createTestShop(app)
  ;({ customerId } = await createCustomer(app, shop.merchantId))
  const { variantId } = await createTestProduct(app, shop.owner)
  await setCartLine(app, shop.owner, { customerId, variantId, quantity: 1 })
  const key = authorize(await authenticate(app, shop.key), 'orders:write')
  const order = await placeOrder(app, key, {
    customerId,
    fulfilment: 'PICKUP',
    paymentMethod: 'CASH_ON_DELIVERY',
  })
  orderId = order.id
  await withRequestId('request-4711', () => transitionOrder(app, shop.owner, { orderId, action: 'ACCEPT' }))
  const agent = await createStaff(app, shop.merchantId, { role: 'AGENT' })
  agentId = agent.staffId
  await transitionOrder(app, agent, { orderId, action: 'START_PREPARING' })
  await changeMemberRole(app, shop.owner, { memberId: agentId, role: 'VIEWER' })
  await removeMember(app, shop.owner, { memberId: agentId })
})
afterAll(() => testApp[Symbol.asyncDispose]())

const AUDIT =
  'query ($filter: AuditFilter, $first: Int, $after: String) { auditLog(filter: $filter, first: $first, after: $after) { totalCount edges { cursor node { id actorKind actorId actorName action sentence subjectId detail requestId at } } pageInfo { hasNextPage endCursor } } }'
type Entry = { id: string; actorName: string; action: string; sentence: string; at: string }
type Page = {
  auditLog: {
    totalCount: number
    edges: { node: Entry }[]
    pageInfo: { hasNextPage: boolean; endCursor: string }
  }
}
const audit = async (filter: object = {}, more: object = {}) =>
  (await execute<Page>(app, shop.owner, AUDIT, { filter, first: 50, ...more })).auditLog
const actions = async (filter: object) => (await audit(filter)).edges.map(({ node }) => node.action)

describe('the audit log', () => {
  test('shows each change as a sentence, with its actor, subject and request', async () => {
    const { edges } = await audit({ subjectId: orderId })
    expect(edges.map(({ node }) => node)).toMatchObject([
      { actorKind: 'STAFF', actorName: 'A former member', sentence: 'Started to prepare an order' },
      {
        actorKind: 'STAFF',
        actorId: shop.owner.staffId,
        actorName: 'Test owner',
        action: 'order.accept',
        sentence: 'Accepted an order',
        subjectId: orderId,
        detail: { from: 'PENDING', to: 'CONFIRMED' },
        requestId: 'request-4711',
      },
      { actorKind: 'API_KEY', actorName: 'Test key', sentence: 'Placed an order' },
    ])
  })

  test('filters by actor, action, subject and time, in any combination', async () => {
    expect(await actions({ actorId: agentId })).toEqual(['order.start_preparing'])
    expect(await actions({ actorKind: 'API_KEY' })).toEqual(['order.place'])
    expect(await actions({ action: 'staff.' })).toEqual(
      expect.arrayContaining(['staff.remove', 'staff.change_role', 'staff.add']),
    )
    expect(await actions({ action: 'order.', actorId: shop.owner.staffId })).toEqual(['order.accept'])
    expect(await actions({ action: '%' })).toEqual([])
    const { edges } = await audit({ action: 'order.accept' })
    const at = edges[0]?.node.at as string
    expect(await actions({ after: at, action: 'order.place' })).toEqual([])
    expect(await actions({ before: at, action: 'order.' })).toEqual(['order.place'])
    for (const nothing of [{ actorId: 'nonsense' }, { subjectId: 'nonsense' }, { actorId: customerId }])
      expect(await audit(nothing)).toMatchObject({ totalCount: 0, edges: [] })
  })

  test('pages newest first without duplicates, even when many entries have the same time', async () => {
    await queryMerchant(
      app,
      shop.merchantId,
      `INSERT INTO audit_entry (id, merchant_id, actor, action, at) SELECT gen_random_uuid(), $1, 'SYSTEM', 'test.act', '2020-01-01' FROM generate_series(1, 25)`,
      [shop.merchantId],
    )
    const seen: string[] = []
    const { totalCount } = await audit()
    for (let after: string | null = null; ;) {
      const page: Page['auditLog'] = await audit({}, { first: 7, after })
      seen.push(...page.edges.map(({ node }) => node.id))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength(totalCount)
  })

  test('is for owners and managers', async () => {
    const agent = await createStaff(app, shop.merchantId, { role: 'AGENT' })
    await expect(execute(app, agent, AUDIT)).rejects.toThrow('audit:read')
    const manager = await createStaff(app, shop.merchantId, { role: 'MANAGER' })
    await expect(execute(app, manager, AUDIT)).resolves.toBeDefined()
  })
})
