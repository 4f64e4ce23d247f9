import { readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFleet, type Fleet } from '../harness/fleet.ts'
import { openGate, type Gate, type Verdict } from '../harness/gate.ts'
import { busyImage } from '../harness/images.ts'
import { until } from '../harness/processes.ts'
import { startS3, type TestS3 } from '../harness/s3.ts'
import { tenantDb, type TenantDb } from '../harness/tenant-db.ts'
import { resultOf, upload } from '../harness/upload.ts'
import { openBlobStore } from '../../server/storage/blob-store.ts'

let s3: TestS3
/** The gate between workers and the blob store. */
let gate: Gate
let fleet: Fleet
let db: TenantDb
let api: Awaited<ReturnType<Fleet['start']>>

beforeAll(async () => {
  s3 = await startS3()
  gate = await openGate(s3.config.endpoint as string)
  fleet = await openFleet({ env: s3.env })
  db = tenantDb(fleet.app.database, fleet.shop.merchantId)
  api = await fleet.start('api')
}, 90_000)
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await gate?.[Symbol.asyncDispose]()
  await s3?.[Symbol.asyncDispose]()
})

const FILES = ['large.jpg', 'large.webp', 'medium.jpg', 'medium.webp', 'original.bin', 'small.jpg', 'small.webp']
const uploadImage = async (): Promise<{ id: string; folder: string }> => {
  const bytes = await busyImage({ width: 1_800, height: 1_200 })
  const { id } = resultOf(await upload(api.url, fleet.shop.key, { bytes }))
  const { folder } = await db.mediaAsset.findUniqueOrThrow({ where: { id }, select: { folder: true } })
  return { id, folder }
}
const eventsAbout = async (id: string): Promise<string[]> =>
  (await fleet.app.log.about(fleet.shop.merchantId, id, 10)).map(({ type }) => type)
const isReady = async (ids: string[]): Promise<boolean> =>
  (await db.mediaAsset.count({ where: { id: { in: ids }, status: 'READY' } })) === ids.length

/** Checks that each image was processed once: one event, all rows, and all files in the blob store. */
async function expectProcessedOnce(images: { id: string; folder: string }[]): Promise<void> {
  const store = openBlobStore(s3.config)
  for (const { id, folder } of images) {
    expect(await eventsAbout(id)).toEqual(['media_processed'])
    const variants = await db.mediaVariant.findMany({ where: { assetId: id } })
    expect(variants).toHaveLength(7)
    for (const { key, bytes } of variants) expect(await store.info(key), key).toMatchObject({ size: bytes })
    for (const name of FILES) expect(await store.info(`${folder}/${name}`), name).not.toBeNull()
  }
}

test.runIf(platform() === 'linux')('an api process loads libvips with the first image only', async () => {
  const hasLibvips = async (): Promise<boolean> => (await readFile(`/proc/${api.pid}/maps`, 'utf8')).includes('libvips')
  expect(await hasLibvips()).toBe(false)
  await uploadImage()
  expect(await hasLibvips()).toBe(true)
})

test('when workers are killed at different steps, another worker finishes each image once, and no rendition is visible before', async () => {
  const steps: [file: string, verdict: Verdict][] = [
    ['original.bin', 'hold-answer'],
    ['large.webp', 'hold-answer'],
    ['medium.jpg', 'hold-request'],
    ['small.jpg', 'hold-answer'],
  ]
  const images: { id: string; folder: string; file: string; verdict: Verdict }[] = []
  for (const [file, verdict] of steps) images.push({ ...(await uploadImage()), file, verdict })
  gate.judge((_body, path) => {
    const image = images.find(({ folder }) => path.includes(folder))
    return image && path.includes(`/${image.file}`) ? image.verdict : 'pass'
  })
  // On a small machine each worker processes one image at a time.
  const workers = await Promise.all(steps.map(() => fleet.start('worker', { S3_ENDPOINT: gate.url })))
  for (const _ of steps) await gate.nextHeld()
  const ids = images.map(({ id }) => id)
  expect(await db.mediaVariant.count({ where: { assetId: { in: ids } } })).toBe(0)
  expect(await db.mediaAsset.count({ where: { id: { in: ids }, status: 'PROCESSING' } })).toBe(ids.length)
  for (const worker of workers) worker.kill('SIGKILL')
  await Promise.all(workers.map(({ exited }) => exited))
  const successor = await fleet.start('worker')
  await until('every image is ready', () => isReady(ids), 80_000)
  await expectProcessedOnce(images)
  successor.kill('SIGTERM')
  await successor.exited
}, 150_000)

test('while the blob store is unreachable, uploads are refused with a message, and images in progress continue afterwards', async () => {
  const images = [await uploadImage(), await uploadImage()]
  await s3.stop()
  const refused = resultOf(await upload(api.url, fleet.shop.key, { bytes: await busyImage({ width: 50, height: 50 }) }))
  expect(refused).toMatchObject({
    __typename: 'MediaStorageUnavailableError',
    message: expect.stringContaining('few minutes'),
  })
  const worker = await fleet.start('worker')
  await until('the images wait', () => worker.output().split('processing of an image is delayed').length > 2)
  expect(await db.mediaAsset.count({ where: { status: 'FAILED' } })).toBe(0)
  await s3.start()
  await until('both are ready', () => isReady(images.map(({ id }) => id)), 60_000)
  await expectProcessedOnce(images)
  worker.kill('SIGTERM')
  await worker.exited
}, 120_000)

test('when the queue has lost its jobs, the sweep enqueues the image again', async () => {
  const image = await uploadImage()
  await fleet.app.queues.queue('media_processing').obliterate({ force: true })
  await db.mediaAsset.update({ where: { id: image.id }, data: { createdAt: new Date(Date.now() - 60_000) } })
  const worker = await fleet.start('worker')
  await until('it is ready', () => isReady([image.id]), 60_000)
  await expectProcessedOnce([image])
  worker.kill('SIGTERM')
  await worker.exited
}, 120_000)
