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
/** Between workers and storage. */
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
const takeIn = async (): Promise<{ id: string; folder: string }> => {
  const bytes = await busyImage({ width: 1_800, height: 1_200 })
  const { id } = resultOf(await upload(api.url, fleet.shop.key, { bytes }))
  const { folder } = await db.mediaAsset.findUniqueOrThrow({ where: { id }, select: { folder: true } })
  return { id, folder }
}
const eventsAbout = async (id: string): Promise<string[]> =>
  (await fleet.app.log.about(fleet.shop.merchantId, id, 10)).map(({ type }) => type)
const isReady = async (ids: string[]): Promise<boolean> =>
  (await db.mediaAsset.count({ where: { id: { in: ids }, status: 'READY' } })) === ids.length

/** Each finished once: one event, every row, and in the store exactly the files that belong there. */
async function expectDone(images: { id: string; folder: string }[]): Promise<void> {
  const store = openBlobStore(s3.config)
  for (const { id, folder } of images) {
    expect(await eventsAbout(id)).toEqual(['media_processed'])
    const variants = await db.mediaVariant.findMany({ where: { assetId: id } })
    expect(variants).toHaveLength(7)
    for (const { key, bytes } of variants) expect(await store.info(key), key).toMatchObject({ size: bytes })
    for (const name of FILES) expect(await store.info(`${folder}/${name}`), name).not.toBeNull()
  }
}

test.runIf(platform() === 'linux')(
  'an api does not carry the library for images before the first one comes',
  async () => {
    const carries = async (): Promise<boolean> => (await readFile(`/proc/${api.pid}/maps`, 'utf8')).includes('libvips')
    expect(await carries()).toBe(false)
    await takeIn()
    expect(await carries()).toBe(true)
  },
)

test('workers killed at every step of an image: each is finished once by another, and nothing shows before', async () => {
  const steps: [file: string, verdict: Verdict][] = [
    ['original.bin', 'hold-answer'],
    ['large.webp', 'hold-answer'],
    ['medium.jpg', 'hold-request'],
    ['small.jpg', 'hold-answer'],
  ]
  const images: { id: string; folder: string; file: string; verdict: Verdict }[] = []
  for (const [file, verdict] of steps) images.push({ ...(await takeIn()), file, verdict })
  gate.judge((_body, path) => {
    const image = images.find(({ folder }) => path.includes(folder))
    return image && path.includes(`/${image.file}`) ? image.verdict : 'pass'
  })
  // On a small machine each sees to one at a time.
  const workers = await Promise.all(steps.map(() => fleet.start('worker', { S3_ENDPOINT: gate.url })))
  for (const _ of steps) await gate.nextHeld()
  const ids = images.map(({ id }) => id)
  expect(await db.mediaVariant.count({ where: { assetId: { in: ids } } })).toBe(0)
  expect(await db.mediaAsset.count({ where: { id: { in: ids }, status: 'PROCESSING' } })).toBe(ids.length)
  for (const worker of workers) worker.kill('SIGKILL')
  await Promise.all(workers.map(({ exited }) => exited))
  const successor = await fleet.start('worker')
  await until('every image is ready', () => isReady(ids), 80_000)
  await expectDone(images)
  successor.kill('SIGTERM')
  await successor.exited
}, 150_000)

test('storage that is away and comes back: uploads are refused with a sentence, images go on where they were', async () => {
  const images = [await takeIn(), await takeIn()]
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
  await expectDone(images)
  worker.kill('SIGTERM')
  await worker.exited
}, 120_000)

test('a queue that lost its jobs: the sweep finds the image', async () => {
  const image = await takeIn()
  await fleet.app.queues.queue('media_processing').obliterate({ force: true })
  await db.mediaAsset.update({ where: { id: image.id }, data: { createdAt: new Date(Date.now() - 60_000) } })
  const worker = await fleet.start('worker')
  await until('it is ready', () => isReady([image.id]), 60_000)
  await expectDone([image])
  worker.kill('SIGTERM')
  await worker.exited
}, 120_000)
