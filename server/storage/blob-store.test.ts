import fc from 'fast-check'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isBlobKey, openBlobStore } from './blob-store.ts'

let directory: string
const diskStore = (folder: string) => openBlobStore({ kind: 'disk', directory: folder })
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'storeline-blobs-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

test('what is put can be read, with its size, and replaced', async () => {
  const store = diskStore(join(directory, 'not', 'there', 'yet'))
  for (const content of ['first', 'the second']) {
    await store.put('pictures/a_b-C1.png', Buffer.from(content))
    expect(await store.info('pictures/a_b-C1.png')).toMatchObject({
      size: content.length,
      modifiedAt: expect.any(Date),
    })
    expect(await text(await store.read('pictures/a_b-C1.png'))).toBe(content)
  }
  expect(await readdir(join(directory, 'not', 'there', 'yet', 'pictures'))).toEqual(['a_b-C1.png'])
})

test('what is not there is null, and so is a directory', async () => {
  const store = diskStore(directory)
  expect(await store.info('nothing.png')).toBeNull()
  await store.put('folder/a.png', Buffer.from('x'))
  await mkdir(join(directory, 'directory.png'))
  expect(await store.info('directory.png')).toBeNull()
})

test.each(['a.png', 'pictures/a.png', 'A-_9/b.webp', `${'a'.repeat(128)}.jpg`])('%s is a key', (key) => {
  expect(isBlobKey(key)).toBe(true)
})

test.each([
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
])('%j is none, and is refused everywhere', async (key) => {
  const store = diskStore(directory)
  expect(isBlobKey(key)).toBe(false)
  await expect(store.put(key, Buffer.from('x'))).rejects.toThrow('shape')
  await expect(store.info(key)).rejects.toThrow('shape')
  await expect(store.read(key)).rejects.toThrow('shape')
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

test('a write that fails says so and leaves nothing behind', async () => {
  const store = diskStore(directory)
  await writeFile(join(directory, 'blocked'), 'a file where a folder should be')
  await expect(store.put('blocked/a.png', Buffer.from('x'))).rejects.toThrow()
  expect((await readdir(directory)).filter((name) => name.startsWith('blocked'))).toEqual(['blocked'])
})
