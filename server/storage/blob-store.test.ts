import fc from 'fast-check'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startS3, type TestS3 } from '../../test/harness/s3.ts'
import { BlobStoreError, guarded, isBlobKey, openBlobStore, readBlob, type BlobStore } from './blob-store.ts'
import { createS3Store } from './s3-store.ts'

let directory: string
let s3: TestS3
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'storeline-blobs-'))
  s3 = await startS3()
})
afterAll(async () => {
  await s3[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const diskStore = (folder = directory): BlobStore => openBlobStore({ kind: 'disk', directory: folder })
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing',
    (error: unknown) => error,
  )

const REFUSED_KEYS = [
  '',
  '.',
  '..',
  'a',
  'a/',
  '/a.png',
  '../a.png',
  'a/../b.png',
  'a/b/c.png',
  'a.PNG',
  'a.tar.gz',
  'a b.png',
  'a\\b.png',
  'a.png\n',
  'a\0.png',
  'ä.png',
  '.png',
  'a/.png',
  `${'a'.repeat(129)}.png`,
]

describe.each([
  ['a directory', () => diskStore(join(directory, 'not', 'there', 'yet'))],
  ['S3', () => openBlobStore(s3.config)],
])('in %s', (_where, open) => {
  let store: BlobStore
  beforeAll(() => {
    store = open()
  })

  test('a file that was put can be read, has its size, and can be replaced', async () => {
    for (const content of ['first', 'the second']) {
      await store.put('images/a_b-C1.png', Buffer.from(content))
      expect(await store.info('images/a_b-C1.png')).toEqual({ size: content.length, modifiedAt: expect.any(Date) })
      expect(await text(await store.read('images/a_b-C1.png'))).toBe(content)
    }
  })

  test('binary content is read unchanged', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 31) % 256))
    await store.put('images/bytes.bin', bytes)
    expect((await readBlob(store, 'images/bytes.bin', 300_000)).equals(bytes)).toBe(true)
    expect(await failure(readBlob(store, 'images/bytes.bin', 299_999))).toBeInstanceOf(BlobStoreError)
  })

  test('a file may be empty', async () => {
    await store.put('images/empty.png', Buffer.alloc(0))
    expect(await store.info('images/empty.png')).toMatchObject({ size: 0 })
    expect(await text(await store.read('images/empty.png'))).toBe('')
  })

  test('a range can be read', async () => {
    await store.put('part.png', Buffer.from('0123456789'))
    for (const [start, end, part] of [
      [0, 9, '0123456789'],
      [0, 1, '01'],
      [3, 5, '345'],
      [9, 9, '9'],
    ] as const)
      expect(await text(await store.read('part.png', { start, end }))).toBe(part)
  })

  test('a missing file has no info, cannot be read, and can be deleted', async () => {
    for (const key of ['nothing.png', 'no-folder/nothing.png']) {
      expect(await store.info(key)).toBeNull()
      expect(await failure(store.read(key))).toBeInstanceOf(BlobStoreError)
      await store.delete(key)
    }
    await store.deleteFolder('no-folder')
  })

  test('a deleted file is gone, and its neighbour stays', async () => {
    await store.put('gone/a.png', Buffer.from('x'))
    await store.put('gone/b.png', Buffer.from('x'))
    await store.delete('gone/a.png')
    expect(await store.info('gone/a.png')).toBeNull()
    expect(await store.info('gone/b.png')).not.toBeNull()
  })

  test('a folder is deleted with all its files, and no folder with the same prefix is', async () => {
    for (const key of ['one/a.png', 'one/b.webp', 'one-more/a.png', 'on/a.png']) await store.put(key, Buffer.from('x'))
    await store.deleteFolder('one')
    expect(await store.info('one/a.png')).toBeNull()
    expect(await store.info('one/b.webp')).toBeNull()
    expect(await store.info('one-more/a.png')).not.toBeNull()
    expect(await store.info('on/a.png')).not.toBeNull()
  })

  test('of concurrent writes of one file one wins as a whole', async () => {
    const contents = Array.from({ length: 8 }, (_, n) => Buffer.alloc(50_000, n))
    await Promise.all(contents.map((content) => store.put('race/a.png', content)))
    const read = await readBlob(store, 'race/a.png', 50_000)
    expect(contents.some((content) => content.equals(read))).toBe(true)
  })

  test.each(REFUSED_KEYS)('%j is no key, and every method refuses it', async (key) => {
    expect(isBlobKey(key)).toBe(false)
    await expect(store.put(key, Buffer.from('x'))).rejects.toThrow('shape')
    await expect(store.info(key)).rejects.toThrow('shape')
    await expect(store.read(key)).rejects.toThrow('shape')
    await expect(store.delete(key)).rejects.toThrow('shape')
  })

  test.each(['', '.', '..', '/', 'a/b', '../a', 'a b', 'a.png'])('%j is no folder', async (folder) => {
    await expect(store.deleteFolder(folder)).rejects.toThrow('shape')
  })
})

test.each(['a.png', 'images/a.png', 'A-_9/b.webp', `${'a'.repeat(128)}.jpg`])('%s is a key', (key) => {
  expect(isBlobKey(key)).toBe(true)
})

test('no key leads out of the store', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '.', '/', '\\', '%', '2', 'f', '\0', '\n', ' ', '~') }),
      (key) => {
        if (isBlobKey(key)) expect(resolve('/store', key).startsWith('/store/')).toBe(true)
      },
    ),
    { numRuns: 2_000 },
  )
})

describe('on disk', () => {
  test('a directory is no file', async () => {
    await mkdir(join(directory, 'directory.png'))
    expect(await diskStore().info('directory.png')).toBeNull()
  })

  test('a failed write throws and leaves no file', async () => {
    await writeFile(join(directory, 'blocked'), 'a file where a folder should be')
    expect(await failure(diskStore().put('blocked/a.png', Buffer.from('x')))).toBeInstanceOf(BlobStoreError)
    expect((await readdir(directory)).filter((name) => name.startsWith('blocked'))).toEqual(['blocked'])
  })

  test('a write leaves no temporary file', async () => {
    await diskStore().put('whole/a.png', Buffer.from('x'))
    expect(await readdir(join(directory, 'whole'))).toEqual(['a.png'])
  })
})

describe('S3', () => {
  test('throws while it is down, and works again when it is back', async () => {
    const store = openBlobStore(s3.config)
    await store.put('away/a.png', Buffer.from('kept'))
    await s3.stop()
    expect(await failure(store.put('away/b.png', Buffer.from('x')))).toBeInstanceOf(BlobStoreError)
    expect(await failure(store.info('away/a.png'))).toBeInstanceOf(BlobStoreError)
    expect(await failure(store.read('away/a.png'))).toBeInstanceOf(BlobStoreError)
    await s3.start()
    expect(await text(await store.read('away/a.png'))).toBe('kept')
  })

  test('throws when it is too slow', async () => {
    await using slow = await fakeS3(() => {})
    const store = guarded(async () => createS3Store({ ...s3.config, endpoint: slow.url }, { timeoutMs: 200 }))
    const begun = Date.now()
    expect(await failure(store.put('slow/a.png', Buffer.from('x')))).toBeInstanceOf(BlobStoreError)
    expect(Date.now() - begun).toBeLessThan(5_000)
  })

  test('throws for a refusal, which is not a missing file', async () => {
    await using closed = await fakeS3((_request, response) => {
      response.writeHead(403).end()
    })
    const store = openBlobStore({ ...s3.config, endpoint: closed.url })
    expect(await failure(store.info('a.png'))).toBeInstanceOf(BlobStoreError)
  })
})

/** A server that answers in place of S3. */
async function fakeS3(listener: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}
