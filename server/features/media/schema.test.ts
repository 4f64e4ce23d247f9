import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCustomer } from '../../../test/harness/app.ts'
import { busyImage, plainImage } from '../../../test/harness/images.ts'
import { createStaff, createTestProduct, createTestShop } from '../../../test/harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../../../test/harness/storeline.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import { resultOf, upload, type ImageUpload } from '../../../test/harness/upload.ts'
import { systemActor } from '../../auth/actor.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { createApiKey } from '../api-keys/service.ts'
import { setCartLine } from '../carts/service.ts'
import { archiveTemplate, createTemplate } from '../templates/service.ts'
import { placeOrder } from '../orders/service/place-order.ts'

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline()
})
afterAll(() => storeline[Symbol.asyncDispose]())

const send = (image: ImageUpload, headers = storeline.shop.key) => upload(storeline.url, headers, image)
const client = () => storeline.graphql(storeline.shop.key)

/** Uploads an image and processes it; returns its id. */
async function ready(image: Partial<ImageUpload> = {}): Promise<string> {
  const { id } = resultOf(await send({ bytes: await plainImage(), ...image }))
  await storeline.drain()
  return id
}

type Asset = {
  status: string
  progress: number
  width: number
  height: number
  placeholder: string
  failure: { code: string; message: string; retriable: boolean } | null
  small: string
  medium: string
  large: string
  jpeg: string
  whatsapp: string
  removedAt: string | null
}
const ASSET = `query ($id: ID!) { mediaAsset(id: $id) { id status progress width height placeholder failure { code message retriable } removedAt
  small: url(size: SMALL) medium: url large: url(size: LARGE) jpeg: url(size: LARGE, format: JPEG) whatsapp: url(size: WHATSAPP) } }`
const assetOf = async (id: string): Promise<Asset> =>
  (await client().run<{ mediaAsset: Asset }>(ASSET, { id })).mediaAsset
const SELECTIONS = {
  updateMedia: 'UpdateMediaInput ... on MediaAsset { fileName altText } ... on ValidationError { issues { path } }',
  removeMedia: 'MediaActionInput ... on MediaAsset { removedAt } ... on MediaInUseError { products { id } templates }',
  restoreMedia: 'MediaActionInput ... on MediaAsset { removedAt }',
  retryMedia: 'MediaActionInput ... on MediaAsset { status } ... on ValidationError { issues { path message } }',
  setProductImage:
    'SetProductImageInput ... on Product { imageUrl image { id } } ... on ValidationError { issues { path message } }',
}
const act = async (name: keyof typeof SELECTIONS, input: object, headers = storeline.shop.key) => {
  const [type, ...fields] = SELECTIONS[name].split(' ')
  const document = `mutation ($input: ${type}!) { result: ${name}(input: $input) { __typename ${fields.join(' ')} ... on Error { message } } }`
  const data = await storeline.graphql(headers).run<{ result: Record<string, unknown> }>(document, { input })
  return data.result
}
const metadataAt = async (url: string) => {
  const response = await fetch(url)
  expect(response.status).toBe(200)
  return {
    ...(await sharp(Buffer.from(await response.arrayBuffer())).metadata()),
    type: response.headers.get('content-type'),
  }
}

test('an image is uploaded, processed, announced by an event, and available in every size', async () => {
  const cursor = (await client().run<{ merchant: { eventCursor: string } }>('{ merchant { eventCursor } }')).merchant
  const bytes = await busyImage({ width: 2400, height: 1200 })
  const uploaded = resultOf(await send({ bytes, fileName: 'café.jpg', input: { altText: ' Two cups of coffee ' } }))
  expect(uploaded).toMatchObject({
    __typename: 'MediaAsset',
    status: 'PROCESSING',
    visibility: 'PUBLIC',
    fileName: 'café.jpg',
    altText: 'Two cups of coffee',
    contentType: 'image/jpeg',
    bytes: bytes.length,
    width: 2400,
    height: 1200,
  })
  await storeline.drain()
  const asset = await assetOf(uploaded.id)
  expect(asset).toMatchObject({ status: 'READY', progress: 100, failure: null })
  expect(asset.placeholder).toMatch(/^data:image\/webp;base64,/)
  expect(asset.placeholder.length).toBeLessThan(500)
  for (const [url, format, width, height, type] of [
    [asset.small, 'webp', 256, 128, 'image/webp'],
    [asset.medium, 'webp', 640, 320, 'image/webp'],
    [asset.large, 'webp', 1600, 800, 'image/webp'],
    [asset.jpeg, 'jpeg', 1600, 800, 'image/jpeg'],
    [asset.whatsapp, 'jpeg', 1600, 800, 'image/jpeg'],
  ] as const) {
    expect(url).toMatch(/\/media\/[\w-]{43}\/\w+\.(webp|jpg)$/)
    expect(await metadataAt(url)).toMatchObject({ format, width, height, type })
  }
  const { eventLog } = await client().run<{ eventLog: { edges: { node: unknown }[] } }>(
    `query ($after: EventCursor) { eventLog(after: $after, types: [media_processed]) { edges { node { ... on MediaProcessedEvent { payload mediaAsset { id status } } } } } }`,
    { after: cursor.eventCursor },
  )
  expect(eventLog.edges.map(({ node }) => node)).toEqual([
    {
      payload: { mediaId: uploaded.id, status: 'READY', origin: 'UPLOAD', messageId: null, failure: null },
      mediaAsset: { id: uploaded.id, status: 'READY' },
    },
  ])
})

test('an idempotency key returns the same image, and is a conflict with another file', async () => {
  const bytes = await plainImage()
  const input = { idempotencyKey: 'image-1' }
  const [first, second] = [resultOf(await send({ bytes, input })), resultOf(await send({ bytes, input }))]
  expect(second.id).toBe(first.id)
  const other = await send({ bytes: await plainImage({ width: 99 }), input })
  expect(other.errors?.[0]?.extensions?.code).toBe('IDEMPOTENCY_CONFLICT')
})

test('a file in a JSON body is refused, and the error explains how to send it', async () => {
  const { errors } = await client().send(
    `mutation ($input: UploadMediaInput!) { uploadMedia(input: $input) { __typename } }`,
    { input: { file: { name: 'x.jpg', bytes: [1, 2] } } },
  )
  expect(errors?.[0]).toMatchObject({
    extensions: { code: 'BAD_INPUT' },
    message: expect.stringContaining('multipart/form-data'),
  })
})

test('file names and alternative texts are normalised and limited in length', async () => {
  expect(resultOf(await send({ bytes: await plainImage(), input: { altText: 'x'.repeat(501) } }))).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ path: 'input.altText', message: 'must be at most 500 characters' }],
  })
  const id = await ready()
  expect(await act('updateMedia', { id, altText: 'A door', fileName: ' ../../door.jpg ' })).toMatchObject({
    altText: 'A door',
    fileName: 'door.jpg',
  })
  expect(await act('updateMedia', { id, altText: 'Another' })).toMatchObject({
    altText: 'Another',
    fileName: 'door.jpg',
  })
  expect(await act('updateMedia', { id, fileName: '\u202e' })).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ path: 'input.fileName' }],
  })
})

describe('the list of images', () => {
  test('is filtered, searched and paged, newest first', async () => {
    const shop = await createTestShop(storeline.app)
    const ids: string[] = []
    for (const [fileName, altText] of [
      ['red.jpg', 'A 100% red wall'],
      ['green.jpg', 'Grass'],
      ['blue.jpg', 'The sea'],
    ] as const)
      ids.push(resultOf(await send({ bytes: await plainImage(), fileName, input: { altText } }, shop.key)).id)
    await storeline.drain()
    await storeline
      .graphql(shop.key)
      .run('mutation ($id: ID!) { removeMedia(input: { id: $id }) { __typename } }', { id: ids[1] })
    const list = async (args: string) => {
      const { mediaAssets } = await storeline.graphql(shop.key).run<{
        mediaAssets: { totalCount: number; edges: { node: { fileName: string } }[]; pageInfo: { endCursor: string } }
      }>(`{ mediaAssets(${args}) { totalCount edges { node { fileName } } pageInfo { endCursor } } }`)
      return { ...mediaAssets, names: mediaAssets.edges.map(({ node }) => node.fileName) }
    }
    expect(await list('first: 10')).toMatchObject({ totalCount: 2, names: ['blue.jpg', 'red.jpg'] })
    const first = await list('first: 1')
    expect((await list(`first: 1, after: "${first.pageInfo.endCursor}"`)).names).toEqual(['red.jpg'])
    expect((await list('last: 1')).names).toEqual(['red.jpg'])
    expect((await list('filter: { archived: true }')).names).toEqual(['green.jpg'])
    expect((await list('filter: { status: READY, origin: UPLOAD }')).names).toEqual(['blue.jpg', 'red.jpg'])
    expect((await list('filter: { status: FAILED }')).names).toEqual([])
    expect((await list('filter: { origin: CUSTOMER }')).names).toEqual([])
    expect((await list('search: "SEA"')).names).toEqual(['blue.jpg'])
    expect((await list('search: "100% "')).names).toEqual(['red.jpg'])
    expect((await list('search: "%"')).names).toEqual(['red.jpg'])
    expect((await list('search: "blue.jp"')).names).toEqual(['blue.jpg'])
  })
})

describe('a product', () => {
  test('shows an image of the library, and in chats its WhatsApp rendition', async () => {
    const { app, shop } = storeline
    const { productId } = await createTestProduct(app, shop.owner)
    const mediaId = await ready()
    const { whatsapp } = await assetOf(mediaId)
    expect(await act('setProductImage', { productId, mediaId })).toMatchObject({
      __typename: 'Product',
      imageUrl: whatsapp,
      image: { id: mediaId },
    })
    expect(await act('removeMedia', { id: mediaId })).toMatchObject({
      __typename: 'MediaInUseError',
      products: [{ id: productId }],
      templates: [],
      message: 'This image is shown by a product. Choose another image there first.',
    })
    expect(await act('setProductImage', { productId })).toMatchObject({ imageUrl: null, image: null })
    expect(await act('removeMedia', { id: mediaId })).toMatchObject({
      __typename: 'MediaAsset',
      removedAt: expect.any(String),
    })
    expect(await act('setProductImage', { productId, mediaId })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await act('updateMedia', { id: mediaId, altText: 'x' })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await act('restoreMedia', { id: mediaId })).toMatchObject({ removedAt: null })
    expect(await act('setProductImage', { productId, mediaId })).toMatchObject({ image: { id: mediaId } })
  })

  test('refuses private, unfinished, failed and unknown images', async () => {
    const { app, shop } = storeline
    const { productId } = await createTestProduct(app, shop.owner)
    const privateId = await ready({ input: { visibility: 'PRIVATE' } })
    expect(await act('setProductImage', { productId, mediaId: privateId })).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: 'input.mediaId', message: expect.stringContaining('private') }],
    })
    const id = await ready()
    for (const [status, sentence] of [
      ['PROCESSING', 'still being processed'],
      ['FAILED', 'cannot be used'],
    ] as const) {
      await queryMerchant(
        app,
        shop.merchantId,
        `UPDATE media_asset SET status = $2::media_status, failure = 'It is broken.' WHERE id = $1`,
        [id, status],
      )
      expect(await act('setProductImage', { productId, mediaId: id })).toMatchObject({
        __typename: 'ValidationError',
        issues: [{ path: 'input.mediaId', message: expect.stringContaining(sentence) }],
      })
    }
    const other = await createTestShop(app)
    for (const mediaId of [crypto.randomUUID(), 'nonsense'])
      expect(await act('setProductImage', { productId, mediaId })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await act('setProductImage', { productId, mediaId: privateId }, other.key)).toMatchObject({
      __typename: 'NotFoundError',
    })
  })

  test('keeps an image that its row names by key, from the time before the media library', async () => {
    const { app, shop } = storeline
    const { productId } = await createTestProduct(app, shop.owner)
    await app.storage.put('products/of-old-times.jpg', await plainImage())
    await tenantDb(app.database, shop.merchantId).product.update({
      where: { id: productId },
      data: { imageKey: 'products/of-old-times.jpg' },
    })
    const { product } = await client().run<{ product: { imageUrl: string; image: null } }>(
      'query ($id: ID!) { product(id: $id) { imageUrl image { id } } }',
      { id: productId },
    )
    expect(product.image).toBeNull()
    expect(await metadataAt(product.imageUrl)).toMatchObject({ format: 'jpeg' })
  })
})

test('an image that a template shows cannot be removed', async () => {
  const { app, shop } = storeline
  const mediaId = await ready()
  const draft = (name: string, content: object) => ({
    type: 'MEDIA' as const,
    name,
    language: 'en',
    category: 'UTILITY' as const,
    content: { body: 'Look at this.', ...content },
    variables: [],
  })
  const template = await createTemplate(app, shop.owner, draft('fresh_bread', { mediaId }))
  expect(await act('removeMedia', { id: mediaId })).toMatchObject({
    __typename: 'MediaInUseError',
    products: [],
    templates: ['fresh_bread'],
    message: 'This image is shown by a template. Choose another image there first.',
  })
  await archiveTemplate(app, shop.owner, { id: template.id })
  expect(await act('removeMedia', { id: mediaId })).toMatchObject({ __typename: 'MediaAsset' })
  const privateId = await ready({ input: { visibility: 'PRIVATE' } })
  await expect(createTemplate(app, shop.owner, draft('secret_bread', { mediaId: privateId }))).rejects.toThrow(
    'private',
  )
})

test('an image that is the proof of a payment cannot be removed', async () => {
  const id = await ready({ input: { visibility: 'PRIVATE' } })
  const inUse = await withProof(id)
  expect(await act('removeMedia', { id })).toMatchObject({
    __typename: 'MediaInUseError',
    products: [],
    message: 'This image is the proof of a payment and stays with it.',
  })
  await inUse.release()
  expect(await act('removeMedia', { id })).toMatchObject({ __typename: 'MediaAsset' })
})

/** Creates a payment whose proof is the image; `release` takes the image off the payment. */
async function withProof(proofMediaId: string): Promise<{ release: () => Promise<unknown> }> {
  const { app, shop } = storeline
  const { merchantId } = shop
  const { customerId } = await createCustomer(app, merchantId)
  const { variantId } = await createTestProduct(app, shop.owner)
  await setCartLine(app, shop.owner, { customerId, variantId, quantity: 1 })
  const order = { customerId, fulfilment: 'PICKUP', paymentMethod: 'CASH_ON_DELIVERY' } as const
  const { id: orderId } = await placeOrder(app, shop.owner, { ...order, idempotencyKey: crypto.randomUUID() })
  const values = [crypto.randomUUID(), merchantId, orderId, proofMediaId]
  await queryMerchant(
    app,
    merchantId,
    `INSERT INTO payment (id, merchant_id, order_id, method, provider, status, amount, currency, proof_media_id, updated_at)
      VALUES ($1, $2, $3, 'BANK_TRANSFER', 'bank_transfer', 'CANCELLED', 100, 'USD', $4, now())`,
    values,
  )
  const release = 'UPDATE payment SET proof_media_id = NULL WHERE proof_media_id = $1'
  return { release: () => queryMerchant(app, merchantId, release, [proofMediaId]) }
}

describe('a retry', () => {
  const fail = (id: string, code: string) =>
    queryMerchant(
      storeline.app,
      storeline.shop.merchantId,
      `UPDATE media_asset SET status = 'FAILED', failure_code = $2, failure = 'It went wrong.', progress = 40 WHERE id = $1`,
      [id, code],
    )

  test('succeeds after a failure of the system', async () => {
    const id = await ready()
    await fail(id, 'PROCESSING_FAILED')
    expect((await assetOf(id)).failure).toEqual({
      code: 'PROCESSING_FAILED',
      message: 'It went wrong.',
      retriable: true,
    })
    expect(await act('retryMedia', { id })).toMatchObject({ status: 'PROCESSING' })
    await storeline.drain()
    expect(await assetOf(id)).toMatchObject({ status: 'READY', failure: null, progress: 100 })
  })

  test('is refused for unusable files and for images that are not FAILED', async () => {
    const id = await ready()
    expect(await act('retryMedia', { id })).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: 'input.id', message: 'this image is ready' }],
    })
    await fail(id, 'DAMAGED')
    expect((await assetOf(id)).failure).toMatchObject({ retriable: false })
    expect(await act('retryMedia', { id })).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: 'input.id', message: 'a retry would fail again: It went wrong.' }],
    })
    expect(await act('retryMedia', { id: crypto.randomUUID() })).toMatchObject({ __typename: 'NotFoundError' })
  })
})

test('viewers may read images and not change them, and keys without the scope may do neither', async () => {
  const { app, shop, url } = storeline
  const bytes = await plainImage()
  const { secret } = await createApiKey(app, systemActor(shop.merchantId), {
    name: 'Narrow',
    scopes: ['catalog:read'],
  })
  const narrow = { authorization: `Bearer ${secret}` }
  const answer = await upload(url, narrow, { bytes })
  expect([answer.status, answer.errors?.[0]?.extensions?.code]).toEqual([403, 'FORBIDDEN'])
  const viewer = await createStaff(app, shop.merchantId, { role: 'VIEWER' })
  expect(viewer.permissions.has('media:read')).toBe(true)
  expect(viewer.permissions.has('media:write')).toBe(false)
  const { errors } = await storeline.graphql(narrow).send('{ mediaAssets { totalCount } }')
  expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
})
