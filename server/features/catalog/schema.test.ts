import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execute, openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import type { AppContext } from '../../context.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shop = await createTestShop(app)
})
afterAll(() => testApp[Symbol.asyncDispose]())

type Created = {
  createProduct: { __typename: string; id: string; variants: { id: string; sku: string }[]; issues: { path: string }[] }
}
const CREATE = `mutation ($input: CreateProductInput!) { createProduct(input: $input) { __typename
  ... on Product { id name description imageUrl archivedAt category { name } variants { id sku name onHand available price { amount currency formatted } product { name } } }
  ... on ValidationError { issues { path message } } } }`
const UPDATE = `mutation ($input: UpdateVariantInput!) { updateVariant(input: $input) { __typename
  ... on Variant { onHand available price { amount } } ... on ValidationError { issues { path } } ... on NotFoundError { message } } }`
const create = async (input: object) => (await execute<Created>(app, shop.owner, CREATE, { input })).createProduct
const update = async (input: object) =>
  (await execute<{ updateVariant: Record<string, unknown> }>(app, shop.owner, UPDATE, { input })).updateVariant
const names = async (filter: object) => {
  const document = `query ($filter: ProductFilter) { products(first: 100, filter: $filter) { totalCount edges { node { name } } } }`
  const { products } = await execute<{ products: { totalCount: number; edges: { node: { name: string } }[] } }>(
    app,
    shop.owner,
    document,
    { filter },
  )
  expect(products.totalCount).toBe(products.edges.length)
  return products.edges.map((edge) => edge.node.name)
}

test('a product is created with its variants and read back unchanged', async () => {
  const variants = [
    { sku: 'A-1', name: 'Small', price: 450, onHand: 3 },
    { sku: 'A-2', price: 900, onHand: 0 },
  ]
  expect(await create({ name: ' Coffee ', description: 'Hot', variants })).toMatchObject({
    __typename: 'Product',
    name: 'Coffee',
    imageUrl: null,
    category: null,
    variants: [
      {
        sku: 'A-1',
        name: 'Small',
        onHand: 3,
        available: 3,
        price: { amount: 450, currency: 'USD', formatted: '$4.50' },
        product: { name: 'Coffee' },
      },
      { sku: 'A-2', name: '', onHand: 0, available: 0 },
    ],
  })
})

describe('a product is refused', () => {
  const variant = { sku: 'B-1', price: 1, onHand: 1 }
  test.each([
    ['an empty name', { name: ' ', variants: [variant] }, 'input.name'],
    ['no variant', { name: 'B', variants: [] }, 'input.variants'],
    ['the same SKU twice', { name: 'B', variants: [variant, variant] }, 'input.variants.1.sku'],
    ['a SKU that is taken', { name: 'B', variants: [{ ...variant, sku: 'A-1' }] }, 'input.variants'],
    ['negative stock', { name: 'B', variants: [{ ...variant, onHand: -1 }] }, 'input.variants.0.onHand'],
    ['an unknown category', { name: 'B', categoryId: crypto.randomUUID(), variants: [variant] }, 'input.categoryId'],
    [
      'a category id that is not a UUID',
      { name: 'B', categoryId: 'nonsense', variants: [variant] },
      'input.categoryId',
    ],
  ])('for %s', async (_what, input, path) => {
    expect(await create(input)).toMatchObject({ __typename: 'ValidationError', issues: [{ path }] })
    expect(await names({ search: 'B' })).toEqual([])
  })
})

test('repeating a creation with its idempotency key returns the same product', async () => {
  const input = { name: 'Once', idempotencyKey: 'p1', variants: [{ sku: 'ONCE', price: 1, onHand: 1 }] }
  const [first, second] = [await create(input), await create(input)]
  expect(second.id).toBe(first.id)
})

test('a variant’s price and stock can change, but not below the reserved quantity', async () => {
  const { variants } = await create({ name: 'Stocked', variants: [{ sku: 'C-1', price: 100, onHand: 10 }] })
  const id = variants[0]!.id
  await tenantDb(app.database, shop.merchantId).variant.update({ where: { id }, data: { reserved: 4 } })
  expect(await update({ id, price: 250, onHand: 9 })).toEqual({
    __typename: 'Variant',
    onHand: 9,
    available: 5,
    price: { amount: 250 },
  })
  expect(await update({ id, onHand: 3 })).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ path: 'input.onHand' }],
  })
  expect(await update({ id, onHand: 6 })).toMatchObject({ available: 2 })
  expect(await update({ id, onHand: 5 })).toMatchObject({ available: 1 })
  const low = (await app.log.about(shop.merchantId, id, 10)).map((event) => [
    event.type,
    (event.data as { available: number }).available,
  ])
  expect(low).toEqual([['stock_low', 2]])
  expect(await update({ id: 'nonsense', price: 1 })).toMatchObject({ __typename: 'NotFoundError' })
  const other = await createTestShop(app)
  const foreign = await execute(app, other.owner, UPDATE, { input: { id, price: 1 } })
  expect(foreign).toMatchObject({ updateVariant: { __typename: 'NotFoundError' } })
})

test('a new stock of an archived variant reports no low stock', async () => {
  const { variants } = await create({ name: 'Of last year', variants: [{ sku: 'OLD-1', price: 100, onHand: 10 }] })
  const id = variants[0]!.id
  await tenantDb(app.database, shop.merchantId).variant.update({ where: { id }, data: { archivedAt: new Date() } })
  expect(await update({ id, onHand: 1 })).toMatchObject({ onHand: 1, available: 0 })
  expect(await app.log.about(shop.merchantId, id, 10)).toEqual([])
})

test('products are filtered by words, category and stock, and archived ones are included on request only', async () => {
  const db = tenantDb(app.database, shop.merchantId)
  const category = await db.category.create({ data: { merchantId: shop.merchantId, name: 'Teas', position: 1 } })
  const variant = (sku: string, onHand: number) => [{ sku, price: 1, onHand }]
  await create({
    name: 'Green tea',
    description: 'From 100% leaves',
    categoryId: category.id,
    variants: variant('T-1', 5),
  })
  await create({ name: 'Black tea', categoryId: category.id, variants: variant('T-2', 0) })
  const old = await create({ name: 'Old tea', categoryId: category.id, variants: variant('T-3', 5) })
  await db.product.update({ where: { id: old.id }, data: { archivedAt: new Date() } })
  expect(await names({ search: 'TEA' })).toEqual(['Green tea', 'Black tea'])
  expect(await names({ search: '100%' })).toEqual(['Green tea'])
  expect(await names({ search: '0%l' })).toEqual([])
  expect(await names({ categoryId: category.id, inStock: true })).toEqual(['Green tea'])
  expect(await names({ categoryId: category.id, inStock: false })).toEqual(['Black tea'])
  expect(await names({ categoryId: category.id, includeArchived: true })).toEqual(['Green tea', 'Black tea', 'Old tea'])
  expect(await names({ categoryId: 'nonsense' })).toEqual([])
})

test('pages follow the merchant’s order in both directions', async () => {
  const page = async (args: string) => {
    const document = `{ products(${args}) { edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`
    return (
      await execute<{
        products: {
          edges: { cursor: string; node: { name: string } }[]
          pageInfo: { endCursor: string; hasNextPage: boolean }
        }
      }>(app, shop.owner, document)
    ).products
  }
  const all = await names({})
  const first = await page('first: 2')
  const second = await page(`first: 100, after: "${first.pageInfo.endCursor}"`)
  expect([...first.edges, ...second.edges].map((edge) => edge.node.name)).toEqual(all)
  const before = await page(`last: 1, before: "${first.edges[1]?.cursor}"`)
  expect(before.edges.map((edge) => edge.node.name)).toEqual(all.slice(0, 1))
})

test('an image has an absolute URL, and products that are unknown or of another shop are null', async () => {
  const { id } = await create({ name: 'Pictured', variants: [{ sku: 'PIC', price: 1, onHand: 1 }] })
  await tenantDb(app.database, shop.merchantId).product.update({
    where: { id },
    data: { imageKey: 'products/abc.jpg' },
  })
  const document = 'query ($id: ID!) { product(id: $id) { imageUrl } }'
  expect(await execute(app, shop.owner, document, { id })).toEqual({
    product: { imageUrl: `${app.config.publicUrl}/media/products/abc.jpg` },
  })
  const other = await createTestShop(app)
  expect(await execute(app, other.owner, document, { id })).toEqual({ product: null })
  expect(await execute(app, shop.owner, document, { id: 'nonsense' })).toEqual({ product: null })
})

test('agents may read the catalogue and not change it', async () => {
  const agent = await createStaff(app, shop.merchantId, { role: 'AGENT' })
  const input = { name: 'X', variants: [{ sku: 'X', price: 1, onHand: 1 }] }
  await expect(execute(app, agent, CREATE, { input })).rejects.toMatchObject({ cause: { code: 'FORBIDDEN' } })
  expect(await execute(app, agent, '{ categories { totalCount edges { node { name } } } }')).toEqual({
    categories: { totalCount: 1, edges: [{ node: { name: 'Teas' } }] },
  })
})
