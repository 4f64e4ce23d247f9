import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { mediaUrl, verifyMediaUrl } from '../../server/storage/media-urls.ts'
import { BlobStoreError } from '../../server/storage/blob-store.ts'
import { plainImage } from '../harness/images.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { resultOf, upload } from '../harness/upload.ts'

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline()
  await storeline.app.storage.put('images/ten.png', Buffer.from('0123456789'))
})
afterAll(() => storeline[Symbol.asyncDispose]())

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(path.startsWith('http') ? path : `${storeline.url}${path}`, { method, headers })
const TEN = '/media/images/ten.png'

describe('a public image', () => {
  test('is served without credentials, cached for ever, and declared as an image only', async () => {
    const response = await get(TEN)
    expect([response.status, await response.text()]).toEqual([200, '0123456789'])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': '10',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': 'inline; filename="ten.png"',
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^"[\w-]+"$/),
      'last-modified': expect.stringMatching(/GMT$/),
    })
  })

  test('is answered with 304 when the client has it', async () => {
    const etag = (await get(TEN)).headers.get('etag') as string
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await get(TEN, { 'if-none-match': known })
      expect([response.status, await response.text()], known).toEqual([304, ''])
      expect(response.headers.get('etag')).toBe(etag)
      expect(response.headers.get('cache-control')).toContain('immutable')
    }
    expect((await get(TEN, { 'if-none-match': '"other"' })).status).toBe(200)
  })

  test('is served in byte ranges', async () => {
    const etag = (await get(TEN)).headers.get('etag') as string
    for (const [range, part, of] of [
      ['bytes=0-3', '0123', '0-3'],
      ['bytes=8-', '89', '8-9'],
      ['bytes=-3', '789', '7-9'],
      ['bytes=5-500', '56789', '5-9'],
    ] as const) {
      const response = await get(TEN, { range })
      expect([response.status, await response.text()], range).toEqual([206, part])
      expect(response.headers.get('content-range')).toBe(`bytes ${of}/10`)
      expect(response.headers.get('content-length')).toBe(String(part.length))
    }
    const beyond = await get(TEN, { range: 'bytes=10-' })
    expect([beyond.status, beyond.headers.get('content-range'), beyond.headers.get('cache-control')]).toEqual([
      416,
      'bytes */10',
      'no-store',
    ])
    for (const range of ['bytes=3-1', 'bytes=0-1,4-5', 'rows=1-2'])
      expect((await get(TEN, { range })).status, range).toBe(200)
    expect((await get(TEN, { range: 'bytes=0-3', 'if-range': etag })).status).toBe(206)
    expect((await get(TEN, { range: 'bytes=0-3', 'if-range': '"other"' })).status).toBe(200)
    expect((await get(TEN, { range: 'bytes=0-3', 'if-none-match': etag })).status).toBe(304)
  })

  test('is answered to HEAD with its headers, without a read of the store', async () => {
    const read = vi.spyOn(storeline.app.storage, 'read')
    const response = await get(TEN, {}, 'HEAD')
    expect([response.status, await response.text(), response.headers.get('content-length')]).toEqual([200, '', '10'])
    const part = await get(TEN, { range: 'bytes=2-4' }, 'HEAD')
    expect([part.status, part.headers.get('content-length')]).toEqual([200, '10'])
    expect(read).not.toHaveBeenCalled()
    read.mockRestore()
  })

  test('is not changed by other methods, which answer 404', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect((await get(TEN, {}, method)).status, method).toBe(404)
  })
})

describe('a private image', () => {
  const key = 'private-folder/large.webp'
  beforeAll(() => storeline.app.storage.put(key, Buffer.from('secret')))

  test('is served at its signed URL, which is valid for this file only', async () => {
    const address = mediaUrl(storeline.app.config, key)
    const response = await get(address)
    expect([response.status, await response.text()]).toEqual([200, 'secret'])
    expect(response.headers.get('cache-control')).toBe('private, max-age=300')
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-site')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    await storeline.app.storage.put('private-folder/small.webp', Buffer.from('other'))
    expect((await get(address.replace('large', 'small'))).status).toBe(404)
  })

  test('is not found without a signature, with a changed one or with that of another installation', async () => {
    const { config } = storeline.app
    const address = new URL(mediaUrl(config, key))
    const altered = (change: (query: URLSearchParams) => void): string => {
      const copy = new URL(address)
      change(copy.searchParams)
      return copy.href
    }
    for (const [what, url] of [
      ['no parameters', `${address.origin}${address.pathname}`],
      ['no signature', altered((query) => query.delete('signature'))],
      ['no expiry', altered((query) => query.delete('expires'))],
      ['a later expiry', altered((query) => query.set('expires', String(Number(query.get('expires')) + 1)))],
      ['an expiry that is not a number', altered((query) => query.set('expires', '1e99'))],
      ['two expiries', altered((query) => query.append('expires', '99999999999'))],
      ['an empty signature', altered((query) => query.set('signature', ''))],
      ['a cut signature', altered((query) => query.set('signature', (query.get('signature') ?? '').slice(1)))],
      ['the signature of another installation', mediaUrl({ ...config, secretKey: 'another secret of 16' }, key)],
    ] as const)
      expect((await get(url)).status, what).toBe(404)
  })

  test('is refused with a reason when its URL has expired', async () => {
    const response = await get(mediaUrl(storeline.app.config, key, Date.now() - 3 * 3_600_000))
    expect([response.status, await response.json()]).toEqual([403, { error: expect.stringContaining('expired') }])
  })

  test('has the same URL for an hour, which is valid for one to two hours', () => {
    const { config } = storeline.app
    const hour = 3_600_000
    for (let minute = 0; minute < 60; minute += 7) {
      const at = 480_000 * hour + minute * 60_000
      const address = mediaUrl(config, key, at)
      const query = Object.fromEntries(new URL(address).searchParams)
      expect(mediaUrl(config, key, 480_000 * hour + 1)).toBe(mediaUrl(config, key, 480_000 * hour + hour - 1))
      expect(verifyMediaUrl(config, key, query, at + hour - 1)).toBe('valid')
      expect(verifyMediaUrl(config, key, query, at + 2 * hour)).toBe('expired')
    }
  })
})

test('the renditions of a private upload are served at signed URLs only, and its original never', async () => {
  const { shop, url, app } = storeline
  const { id } = resultOf(await upload(url, shop.key, { bytes: await plainImage(), input: { visibility: 'PRIVATE' } }))
  await storeline.drain()
  const { mediaAsset } = await storeline
    .graphql(shop.key)
    .run<{ mediaAsset: Record<string, string> }>(
      'query ($id: ID!) { mediaAsset(id: $id) { a: url(size: SMALL) b: url c: url(size: LARGE, format: JPEG) d: url(size: WHATSAPP) } }',
      { id },
    )
  for (const address of Object.values(mediaAsset)) {
    expect((await get(address)).status).toBe(200)
    expect((await get(address.split('?')[0] as string)).status).toBe(404)
  }
  const folder = /private-[\w-]{43}/.exec(mediaAsset.a as string)?.[0]
  expect(await app.storage.info(`${folder}/original.bin`)).not.toBeNull()
  for (const original of [`${url}/media/${folder}/original.bin`, mediaUrl(app.config, `${folder}/original.bin`)])
    expect((await get(original)).status).toBe(404)
})

test('an unreachable blob store is answered with 503 and Retry-After, and the answer is not cached', async () => {
  const { storage } = storeline.app
  for (const method of ['info', 'read'] as const) {
    const spy = vi.spyOn(storage, method).mockRejectedValueOnce(new BlobStoreError('read', new Error('gone')))
    const response = await get(TEN)
    expect([response.status, await response.json()]).toEqual([
      503,
      { error: expect.stringContaining('try again shortly') },
    ])
    expect(response.headers.get('cache-control')).toBeNull()
    expect(response.headers.get('etag')).toBeNull()
    expect(response.headers.get('retry-after')).toBe('10')
    spy.mockRestore()
  }
  expect((await get(TEN)).status).toBe(200)
})
