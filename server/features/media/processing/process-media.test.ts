import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { execute, openTestApp, type TestApp } from '../../../../test/harness/app.ts'
import { write } from '../../../../test/harness/conversations.ts'
import { faultyStorage, type FaultyStorage } from '../../../../test/harness/faulty-storage.ts'
import { plainImage } from '../../../../test/harness/images.ts'
import { createTestShop, type TestShop } from '../../../../test/harness/shop.ts'
import type { AppContext } from '../../../context.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'
import { UploadedFile } from '../../../graphql/uploaded-file.ts'
import { TryLaterError } from '../../../jobs/kit.ts'
import type { InboundContent } from '../../../whatsapp/content.ts'
import { WhatsAppError, WhatsAppResponseError, WhatsAppUnreachableError } from '../../../whatsapp/errors.ts'
import { cleanUpMedia } from './clean-up.ts'
import { processMedia } from './process-media.ts'
import { loadMedia, type MediaRow } from '../queries.ts'
import { retryMedia } from '../library/retry-media.ts'
import { sweepMedia } from '../sweep.ts'
import { uploadMedia } from '../library/upload-media.ts'

let testApp: TestApp
let app: AppContext
let storage: FaultyStorage
let shop: TestShop
let jpeg: Buffer

beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  storage = faultyStorage(app.storage)
  app.storage = storage
  jpeg = await plainImage({ width: 900, height: 700 })
})
afterAll(() => testApp[Symbol.asyncDispose]())
beforeEach(async () => {
  storage.heal()
  shop = await createTestShop(app)
})

const sql = (text: string, ...values: unknown[]) => queryMerchant(app, shop.merchantId, text, values)
const uploaded = async (bytes = jpeg): Promise<string> =>
  (await uploadMedia(app, shop.owner, { file: new UploadedFile('a.jpg', bytes) })).id
const run = (mediaId: string, { lastAttempt = false, retryOf }: { lastAttempt?: boolean; retryOf?: number } = {}) =>
  processMedia(
    { app, attempt: 1, lastAttempt, signal: new AbortController().signal },
    { merchantId: shop.merchantId, mediaId, ...(retryOf ? { retryOf } : {}) },
  )
const assetOf = async (id: string): Promise<MediaRow> => (await loadMedia(app, shop.merchantId, [id]))[0] as MediaRow
// One millisecond ago, since the column rounds to milliseconds and might otherwise hold a moment in the future.
const endLease = (id: string) =>
  sql(`UPDATE media_asset SET leased_until = now() - interval '1 millisecond' WHERE id = $1`, id)
const processedEvents = async (id: string): Promise<unknown[]> =>
  (await app.log.about(shop.merchantId, id, 10))
    .filter(({ type }) => type === 'media_processed')
    .map(({ data }) => data)
const filesIn = async (id: string): Promise<string[]> => {
  const [row] = await queryMerchant<{ folder: string }>(
    app,
    shop.merchantId,
    'SELECT folder FROM media_asset WHERE id = $1',
    [id],
  )
  const { storage: where } = app.config
  return where.kind === 'disk'
    ? (await readdir(join(where.directory, row?.folder ?? '')).catch(() => [])).toSorted()
    : []
}
const ALL_FILES = ['large.jpg', 'large.webp', 'medium.jpg', 'medium.webp', 'original.bin', 'small.jpg', 'small.webp']

describe('a worker', () => {
  test('processes an image once, even when several jobs name it', async () => {
    const id = await uploaded()
    await run(id)
    const calls = storage.calls.length
    await run(id)
    await run(id, { retryOf: 1 })
    expect(storage.calls.length).toBe(calls)
    expect(await processedEvents(id)).toHaveLength(1)
    expect((await assetOf(id)).variants).toHaveLength(7)
    expect(await filesIn(id)).toEqual(ALL_FILES)
  })

  test('waits for the lease of another worker, and takes over after a crash', async () => {
    const id = await uploaded()
    const [first, second] = await Promise.allSettled([run(id), run(id)])
    const outcomes = [first, second].map(({ status }) => status).toSorted()
    expect(outcomes).toEqual(['fulfilled', 'rejected'])
    const refused = [first, second].find((one) => one.status === 'rejected') as PromiseRejectedResult
    expect(refused.reason).toBeInstanceOf(TryLaterError)
    expect((refused.reason as TryLaterError).delayMs).toBeLessThanOrEqual(31_000)
    expect(await processedEvents(id)).toHaveLength(1)
  })

  test('that the sweep started ends at once when another worker holds the lease', async () => {
    const id = await uploaded()
    await sql(`UPDATE media_asset SET leased_until = now() + interval '20 seconds' WHERE id = $1`, id)
    await run(id, { retryOf: 5 })
    expect(await assetOf(id)).toMatchObject({ status: 'PROCESSING', progress: 0 })
    await expect(run(id)).rejects.toBeInstanceOf(TryLaterError)
  })

  test('whose lease expires while it works produces one event and one set of files together with its successor', async () => {
    const id = await uploaded()
    const first = run(id)
    await vi.waitFor(async () => expect((await assetOf(id)).progress).toBeGreaterThan(0))
    await endLease(id)
    await Promise.allSettled([first, run(id)])
    expect(await processedEvents(id)).toHaveLength(1)
    expect(await assetOf(id)).toMatchObject({ status: 'READY' })
    expect(await filesIn(id)).toEqual(ALL_FILES)
  })

  test('reports rising progress', async () => {
    const percents: number[] = []
    const stop = await app.pubsub.subscribe('jobs', shop.merchantId, ({ percent, subjectId, dead }) => {
      percents.push(percent)
      expect([subjectId, dead]).toEqual([id, false])
    })
    const id = await uploaded()
    await run(id)
    await vi.waitFor(() => expect(percents.at(-1)).toBe(100))
    stop()
    expect(percents).toEqual(percents.toSorted((a, b) => a - b))
    expect(percents.length).toBeGreaterThan(5)
  })
})

describe('when storage fails', () => {
  test.each([0, 1, 2, 3, 4, 5])(
    'after %i files, no rendition is visible, and a later job finishes the image',
    async (count) => {
      const id = await uploaded()
      storage.failAfter(count, 'put')
      await expect(run(id)).rejects.toBeInstanceOf(TryLaterError)
      const waiting = await assetOf(id)
      expect(waiting).toMatchObject({ status: 'PROCESSING', variants: [], placeholder: null, failure: null })
      expect(waiting.progress).toBeGreaterThan(0)
      expect(await processedEvents(id)).toEqual([])
      storage.heal()
      await endLease(id)
      await run(id)
      expect(await assetOf(id)).toMatchObject({ status: 'READY', progress: 100 })
      expect(await processedEvents(id)).toHaveLength(1)
      expect(await filesIn(id)).toEqual(ALL_FILES)
    },
  )

  test('while the original is read, the retry is delayed in proportion to the age of the image', async () => {
    const id = await uploaded()
    const pause = async (): Promise<number> => {
      storage.failAfter(0, 'read', 'info')
      const error = await run(id).then(
        () => null,
        (thrown: unknown) => thrown,
      )
      storage.heal()
      await endLease(id)
      return (error as TryLaterError).delayMs
    }
    const short = await pause()
    await sql(`UPDATE media_asset SET created_at = now() - interval '5 minutes' WHERE id = $1`, id)
    const longer = await pause()
    await sql(`UPDATE media_asset SET created_at = now() - interval '3 days' WHERE id = $1`, id)
    const longest = await pause()
    expect(short).toBeLessThan(5_000)
    expect(longer).toBeGreaterThan(100_000)
    expect(longest).toBeLessThanOrEqual(600_250)
    await run(id, { lastAttempt: true })
    expect(await assetOf(id)).toMatchObject({ status: 'READY' })
  })

  test('an upload fails with a typed error, and the same upload completes it later', async () => {
    const upload = { file: new UploadedFile('a.jpg', jpeg), idempotencyKey: 'broken' }
    storage.failAfter(0, 'put')
    await expect(uploadMedia(app, shop.owner, upload)).rejects.toThrow('cannot be stored at the moment')
    const list = '{ mediaAssets { totalCount edges { node { id } } } }'
    expect(await execute(app, shop.owner, list)).toEqual({ mediaAssets: { totalCount: 0, edges: [] } })
    storage.heal()
    const { id, status } = await uploadMedia(app, shop.owner, upload)
    expect(status).toBe('PROCESSING')
    expect((await uploadMedia(app, shop.owner, upload)).id).toBe(id)
    expect(await execute(app, shop.owner, list)).toEqual({ mediaAssets: { totalCount: 1, edges: [{ node: { id } }] } })
    await run(id)
    expect(await assetOf(id)).toMatchObject({ status: 'READY' })
  })

  test('and loses the original, the image is FAILED and has a message', async () => {
    const id = await uploaded()
    const [row] = await queryMerchant<{ key: string }>(
      app,
      shop.merchantId,
      'SELECT original_key AS key FROM media_asset WHERE id = $1',
      [id],
    )
    await storage.delete(row?.key ?? '')
    await run(id)
    expect(await assetOf(id)).toMatchObject({ status: 'FAILED', failureCode: 'PROCESSING_FAILED' })
    expect(await processedEvents(id)).toMatchObject([{ status: 'FAILED', failure: { code: 'PROCESSING_FAILED' } }])
  })
})

const image = (mediaId: string): InboundContent => ({ kind: 'image', mediaId, mimeType: 'image/jpeg' })
/** Delivers a customer's message twice; returns the ids of the message and of its image, null without one. */
async function receive(content: InboundContent, wamid = `wamid.${crypto.randomUUID()}`) {
  const message = { phoneNumberId: shop.phoneNumberId, phone: '15550100777', content, wamid }
  await write(app, message)
  await write(app, message)
  const [row] = await queryMerchant<{ messageId: string; mediaId: string | null }>(
    app,
    shop.merchantId,
    'SELECT m.id AS "messageId", a.id AS "mediaId" FROM message m LEFT JOIN media_asset a ON a.message_id = m.id WHERE m.wamid = $1',
    [wamid],
  )
  return row as { messageId: string; mediaId: string }
}
const download = vi.fn<AppContext['whatsapp']['downloadMedia']>()
const MESSAGE_MEDIA = `query { conversations { edges { node { messages { edges { node { id media { id status origin visibility fileName url progress
  failure { code message retriable } message { id } } } } } } } } }`
type Shown = {
  conversations: {
    edges: { node: { messages: { edges: { node: { id: string; media: Record<string, unknown> | null } }[] } } }[]
  }
}
const mediaOf = async (messageId: string) =>
  (await execute<Shown>(app, shop.owner, MESSAGE_MEDIA)).conversations.edges
    .flatMap(({ node }) => node.messages.edges)
    .find(({ node }) => node.id === messageId)?.node.media

describe('a customer’s image', () => {
  beforeEach(() => {
    app.whatsapp = { ...app.whatsapp, downloadMedia: download }
    download.mockReset().mockResolvedValue({ bytes: jpeg, mimeType: 'image/jpeg' })
  })

  test('appears in its message at once, is fetched, and has a signed URL', async () => {
    const { messageId, mediaId } = await receive(image('4711'))
    expect(await mediaOf(messageId)).toMatchObject({
      id: mediaId,
      status: 'FETCHING',
      origin: 'CUSTOMER',
      visibility: 'PRIVATE',
      url: null,
      message: { id: messageId },
    })
    const events = (await app.log.about(shop.merchantId, messageId, 10)).filter(
      ({ type }) => type === 'message_received',
    )
    expect(events.map(({ data }) => (data as { mediaId: string }).mediaId)).toEqual([mediaId])
    expect(events.flatMap(app.events.reactionsTo).map(({ name, payload }) => [name, payload])).toEqual([
      ['process-media', { merchantId: shop.merchantId, mediaId }],
    ])
    await run(mediaId)
    expect(download.mock.calls).toEqual([['4711', { maxBytes: 10 * 1024 * 1024 }]])
    expect(await mediaOf(messageId)).toMatchObject({
      status: 'READY',
      progress: 100,
      failure: null,
      url: expect.stringMatching(/\/media\/private-[\w-]{43}\/medium\.webp\?expires=\d+&signature=/),
    })
    expect(await processedEvents(mediaId)).toEqual([
      { mediaId, status: 'READY', origin: 'CUSTOMER', messageId, failure: null },
    ])
  })

  test('may be sent as a document; other files are ignored', async () => {
    const document = (mimeType: string): InboundContent => ({
      kind: 'document',
      mediaId: '1',
      mimeType,
      filename: '../receipt.jpg',
    })
    const { messageId } = await receive(document('image/jpeg'))
    expect(await mediaOf(messageId)).toMatchObject({ status: 'FETCHING', fileName: 'receipt.jpg' })
    for (const other of [
      document('application/pdf'),
      { kind: 'sticker', mediaId: '2', mimeType: 'image/webp' } as const,
    ]) {
      const message = await receive(other)
      expect(message.mediaId).toBeNull()
      expect(await mediaOf(message.messageId)).toBeNull()
    }
  })

  test('is downloaded again until it is stored, and emits one event', async () => {
    const { mediaId } = await receive(image('1'))
    storage.failAfter(0, 'put')
    await expect(run(mediaId)).rejects.toBeInstanceOf(TryLaterError)
    expect(await assetOf(mediaId)).toMatchObject({ status: 'FETCHING' })
    storage.failAfter(1, 'put')
    await endLease(mediaId)
    await expect(run(mediaId)).rejects.toBeInstanceOf(TryLaterError)
    expect(await assetOf(mediaId)).toMatchObject({ status: 'PROCESSING', contentType: 'image/jpeg', width: 900 })
    storage.heal()
    await endLease(mediaId)
    await run(mediaId)
    expect(download).toHaveBeenCalledTimes(2)
    expect(await processedEvents(mediaId)).toHaveLength(1)
  })

  const refusal = (code: number, subcode?: number) =>
    new WhatsAppError({ code, subcode, httpStatus: 400, message: 'refused' })
  test.each([
    ['WhatsApp no longer has it', refusal(100, 33), 'GONE'],
    ['it is too large', new WhatsAppResponseError('larger', { tooLarge: true }), 'TOO_LARGE'],
  ])('fails permanently when %s', async (_why, error, code) => {
    const { messageId, mediaId } = await receive(image('1'))
    download.mockRejectedValue(error)
    await run(mediaId)
    expect(await mediaOf(messageId)).toMatchObject({ status: 'FAILED', failure: { code, retriable: false } })
    expect(await processedEvents(mediaId)).toMatchObject([{ status: 'FAILED', messageId, failure: { code } }])
  })

  test('fails permanently when the file is no image', async () => {
    const { messageId, mediaId } = await receive(image('1'))
    download.mockResolvedValue({ bytes: Buffer.from('<html>'), mimeType: 'image/jpeg' })
    await run(mediaId)
    expect(await mediaOf(messageId)).toMatchObject({
      status: 'FAILED',
      failure: { code: 'UNSUPPORTED_FORMAT', retriable: false },
    })
    expect(await filesIn(mediaId)).toEqual([])
  })

  test.each([
    ['unreachable', new WhatsAppUnreachableError('no route')],
    ['busy', refusal(131016)],
  ])('is retried later while WhatsApp is %s, even after the last attempt', async (_how, error) => {
    const { mediaId } = await receive(image('1'))
    download.mockRejectedValueOnce(error)
    await expect(run(mediaId, { lastAttempt: true })).rejects.toBeInstanceOf(TryLaterError)
    expect(await assetOf(mediaId)).toMatchObject({ status: 'FETCHING', failure: null })
    await endLease(mediaId)
    await run(mediaId)
    expect(await assetOf(mediaId)).toMatchObject({ status: 'READY' })
  })

  test('is downloaded again when its URL has expired, is FAILED after the last attempt, and can be retried by staff', async () => {
    const { messageId, mediaId } = await receive(image('1'))
    const gone = new WhatsAppResponseError('WhatsApp answered 404 without a reason')
    download.mockRejectedValue(gone)
    await expect(run(mediaId)).rejects.toBe(gone)
    expect(await assetOf(mediaId)).toMatchObject({ status: 'FETCHING' })
    await run(mediaId, { lastAttempt: true })
    expect(await mediaOf(messageId)).toMatchObject({
      status: 'FAILED',
      failure: { code: 'FETCH_FAILED', retriable: true },
    })
    expect(await retryMedia(app, shop.owner, { id: mediaId })).toMatchObject({ status: 'FETCHING', failureCode: null })
    download.mockResolvedValue({ bytes: jpeg, mimeType: 'image/jpeg' })
    await run(mediaId, { retryOf: Date.now() })
    expect(await mediaOf(messageId)).toMatchObject({ status: 'READY' })
    expect(await processedEvents(mediaId)).toHaveLength(2)
  })
})

describe('the sweep', () => {
  const sweep = async (): Promise<string[]> => {
    const enqueue = vi.spyOn(app.queues, 'enqueue').mockResolvedValue()
    await sweepMedia.run(app)
    const ids = enqueue.mock.calls.flat().map(({ payload }) => (payload as { mediaId: string }).mediaId)
    enqueue.mockRestore()
    return ids
  }
  const setAge = (id: string, interval: string) =>
    sql(`UPDATE media_asset SET created_at = now() - $2::interval WHERE id = $1`, id, interval)

  test('enqueues images older than 20 seconds that no worker holds, and no others', async () => {
    const [fresh, lost, waiting, done, abandoned] = [
      await uploaded(),
      await uploaded(),
      await uploaded(),
      await uploaded(),
      await uploaded(),
    ]
    await run(done)
    for (const id of [lost, waiting, done, abandoned]) await setAge(id, '1 minute')
    await sql(`UPDATE media_asset SET leased_until = now() + interval '5 minutes' WHERE id = $1`, waiting)
    await sql(`UPDATE media_asset SET status = 'FETCHING' WHERE id = $1`, abandoned)
    const found = await sweep()
    expect(found).toContain(lost)
    for (const id of [fresh, waiting, done, abandoned]) expect(found).not.toContain(id)
    await sql(`UPDATE media_asset SET leased_until = now() - interval '1 minute' WHERE id = $1`, waiting)
    expect(await sweep()).toContain(waiting)
  })
})

describe('the clean-up', () => {
  const rowOf = async (id: string) =>
    (
      await queryMerchant<{ key: string | null }>(
        app,
        shop.merchantId,
        'SELECT original_key AS key FROM media_asset WHERE id = $1',
        [id],
      )
    )[0]
  const folderOf = async (id: string): Promise<string> =>
    (
      await queryMerchant<{ folder: string }>(app, shop.merchantId, 'SELECT folder FROM media_asset WHERE id = $1', [
        id,
      ])
    )[0]?.folder ?? ''
  const isEmpty = async (folder: string): Promise<boolean> =>
    (await storage.info(`${folder}/original.bin`)) === null && (await storage.info(`${folder}/large.webp`)) === null

  test('deletes removed images with all their files after a week, and not earlier', async () => {
    const [kept, removed] = [await uploaded(), await uploaded()]
    const folder = await folderOf(removed)
    for (const id of [kept, removed]) await run(id)
    await sql(`UPDATE media_asset SET archived_at = now() - interval '6 days' WHERE id = $1`, kept)
    await sql(`UPDATE media_asset SET archived_at = now() - interval '8 days' WHERE id = $1`, removed)
    await storage.put(`${folder}/stray.webp`, Buffer.from('left by a worker that died'))
    storage.failAfter(0, 'deleteFolder')
    await expect(cleanUpMedia(app)).rejects.toThrow()
    expect(await rowOf(removed)).toBeDefined()
    storage.heal()
    await cleanUpMedia(app)
    await cleanUpMedia(app)
    expect(await rowOf(removed)).toBeUndefined()
    expect(await isEmpty(folder)).toBe(true)
    expect(await storage.info(`${folder}/stray.webp`)).toBeNull()
    expect(await filesIn(kept)).toEqual(ALL_FILES)
  })

  test('deletes interrupted uploads once their idempotency key has expired', async () => {
    const [recent, old] = [await uploaded(), await uploaded()]
    const folder = await folderOf(old)
    for (const [id, hours] of [
      [recent, 24],
      [old, 26],
    ] as const)
      await sql(
        `UPDATE media_asset SET status = 'FETCHING', created_at = now() - make_interval(hours => $2) WHERE id = $1`,
        id,
        hours,
      )
    await cleanUpMedia(app)
    expect(await rowOf(recent)).toBeDefined()
    expect([await rowOf(old), await isEmpty(folder)]).toEqual([undefined, true])
  })

  test('deletes originals a week after processing, and keeps the renditions', async () => {
    const id = await uploaded()
    await run(id)
    await cleanUpMedia(app)
    expect(await filesIn(id)).toEqual(ALL_FILES)
    await sql(`UPDATE media_asset SET processed_at = now() - interval '8 days' WHERE id = $1`, id)
    await cleanUpMedia(app)
    expect(await filesIn(id)).toEqual(ALL_FILES.filter((name) => name !== 'original.bin'))
    expect(await rowOf(id)).toEqual({ key: null })
    expect(await assetOf(id)).toMatchObject({ status: 'READY' })
  })

  test('deletes images whose message is deleted', async () => {
    app.whatsapp = { ...app.whatsapp, downloadMedia: async () => ({ bytes: jpeg, mimeType: 'image/jpeg' }) }
    const { messageId, mediaId } = await receive(image('1'))
    await run(mediaId)
    const folder = await folderOf(mediaId)
    await sql('DELETE FROM message WHERE id = $1', messageId)
    await cleanUpMedia(app)
    expect([await rowOf(mediaId), await isEmpty(folder)]).toEqual([undefined, true])
  })
})
