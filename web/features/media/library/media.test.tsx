import { cleanup, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UploadMediaDocument } from '../../../generated/operations.ts'
import { followEvents } from '../../../graphql/follow-events.ts'
import { createUploadFetch } from '../../../graphql/upload-fetch.ts'
import { buildConnection, buildEvent } from '../../../test-support/builders.ts'
import { createFakeApi } from '../../../test-support/fake-api.ts'
import { buildMedia } from '../../../test-support/media-builders.ts'
import { showScreen } from '../../../test-support/screens.tsx'
import { formatBytes, MAX_BYTES, refusalOf } from '../uploads/file-checks.ts'
import { MediaPage } from './MediaPage.tsx'
import { createUploader } from '../uploads/uploads.ts'

const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46, 0x49, 0x46, 0, 1])
const jpeg = (name: string) => new File([JPEG], name, { type: 'image/jpeg' })

/** An XMLHttpRequest in memory: each test controls its progress and response. */
class FakeRequest {
  static sent: FakeRequest[] = []
  upload = new EventTarget()
  status = 0
  statusText = ''
  responseText = ''
  headers: Record<string, string> = {}
  body: FormData | undefined
  #events = new EventTarget()
  open = vi.fn()
  abort = () => this.#events.dispatchEvent(new Event('abort'))
  addEventListener = this.#events.addEventListener.bind(this.#events)
  setRequestHeader = (name: string, value: string) => {
    this.headers[name] = value
  }
  getAllResponseHeaders = () => 'content-type: application/json\r\nx-request-id: one\r\n'
  send = (body: FormData) => {
    this.body = body
    FakeRequest.sent.push(this)
  }
  moves(loaded: number, total: number) {
    this.upload.dispatchEvent(Object.assign(new Event('progress'), { loaded, total, lengthComputable: true }))
  }
  answers(data: unknown, status = 200) {
    Object.assign(this, { status, responseText: JSON.stringify(data) })
    this.#events.dispatchEvent(new Event('load'))
  }
  breaks() {
    this.#events.dispatchEvent(new Event('error'))
  }
}

const endings: (() => void)[] = []
beforeEach(() => {
  FakeRequest.sent = []
  vi.stubGlobal('XMLHttpRequest', FakeRequest)
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  endings.splice(0).forEach((end) => end())
})

describe('files are checked by their first bytes', () => {
  const webp = new TextEncoder().encode('RIFF....WEBPVP8 ')
  test.each([
    ['a JPEG', JPEG],
    ['a PNG', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
    ['a WebP', webp],
  ])('%s is accepted', async (_name, bytes) => expect(await refusalOf(new Blob([bytes]))).toBeNull())

  test.each([
    ['a text', new TextEncoder().encode('hello, I am a text')],
    ['a GIF', new TextEncoder().encode('GIF89a..........')],
    ['a sound in the same container', new TextEncoder().encode('RIFF....WAVEfmt ')],
  ])('%s is refused', async (_name, bytes) => expect(await refusalOf(new Blob([bytes]))).toContain('Only JPEG'))

  test('empty and oversized files are refused with advice', async () => {
    expect(await refusalOf(new Blob([]))).toContain('empty')
    const large = { size: MAX_BYTES + 1, slice: () => new Blob([JPEG]) } as unknown as Blob
    expect(await refusalOf(large)).toContain('larger than 10 MB')
  })

  test.each([
    [512, '512 B'],
    [310_400, '310 kB'],
    [2_440_000, '2.4 MB'],
  ])('%d bytes are shown as %s', (bytes, said) => expect(formatBytes(bytes)).toBe(said))
})

describe('an upload', () => {
  const start = () => {
    const api = createFakeApi({})
    endings.push(api.connection.dispose)
    return createUploader(api.connection)
  }
  const sent = async (count: number) => {
    await vi.waitFor(() => expect(FakeRequest.sent).toHaveLength(count))
    return FakeRequest.sent[count - 1] as FakeRequest
  }

  test('is multipart with the CSRF header, reports progress, and ends with the image', async () => {
    const uploader = start()
    const arrived = vi.fn()
    uploader.add([jpeg('mug.jpg')], arrived)
    const request = await sent(1)
    expect(request.headers).toMatchObject({ 'x-graphql-yoga-csrf': '1' })
    const operations = JSON.parse(String(request.body?.get('operations'))) as { variables: { input: object } }
    expect(operations.variables.input).toMatchObject({ file: null, idempotencyKey: uploader.store.get()[0]?.key })
    request.moves(50, 200)
    expect(uploader.store.get()[0]).toMatchObject({ status: 'SENDING', progress: 25 })
    request.answers({
      data: { uploadMedia: { ...buildMedia({ status: 'PROCESSING' }), small: null, medium: null } },
    })
    await vi.waitFor(() => expect(uploader.store.get()).toEqual([]))
    expect(arrived).toHaveBeenCalledWith(expect.objectContaining({ id: 'media-1' }))
  })

  test('waits while two others are being sent', async () => {
    const uploader = start()
    uploader.add(['a.jpg', 'b.jpg', 'c.jpg'].map(jpeg))
    await sent(2)
    expect(uploader.store.get().map(({ status }) => status)).toEqual(['SENDING', 'SENDING', 'WAITING'])
    FakeRequest.sent[0]?.answers({ data: { uploadMedia: { __typename: 'MediaRefusedError', message: 'Damaged.' } } })
    await sent(3)
    expect(uploader.store.get()[0]).toMatchObject({ status: 'FAILED', problem: 'Damaged.', canRetry: false })
  })

  test('that failed in storage is retried with the same idempotency key', async () => {
    const uploader = start()
    uploader.add([jpeg('mug.jpg')])
    const key = uploader.store.get()[0]?.key ?? ''
    const full = { __typename: 'MediaStorageUnavailableError', message: 'Later.' }
    ;(await sent(1)).answers({ data: { uploadMedia: full } })
    await vi.waitFor(() => expect(uploader.store.get()[0]?.canRetry).toBe(true))
    uploader.retry(key)
    const again = await sent(2)
    expect(String(again.body?.get('operations'))).toContain(key)
  })

  test('of a file that is not an image is refused before anything is sent', async () => {
    const uploader = start()
    uploader.add([new File(['no image'], 'fake.jpg', { type: 'image/jpeg' })])
    await vi.waitFor(() => expect(uploader.store.get()[0]?.status).toBe('FAILED'))
    expect(FakeRequest.sent).toEqual([])
    uploader.discard(uploader.store.get()[0]?.key ?? '')
    expect(uploader.store.get()).toEqual([])
  })

  test('fails like fetch on a network error, and can be aborted', async () => {
    const fetch = createUploadFetch({ onProgress: () => undefined })
    const broken = fetch('/graphql', { method: 'POST', body: 'x' })
    FakeRequest.sent[0]?.breaks()
    await expect(broken).rejects.toThrow(TypeError)
    const controller = new AbortController()
    const given = fetch('/graphql', { method: 'POST', body: 'x', signal: controller.signal })
    controller.abort()
    await expect(given).rejects.toThrow('stopped')
    expect(UploadMediaDocument.kind).toBe('Document')
  })
})

describe('the library', () => {
  test('shows an image live as soon as it is ready', async () => {
    const roots = { mediaAssets: buildConnection([buildMedia({ status: 'PROCESSING', progress: 40 })]) }
    const api = showScreen(<MediaPage />, roots)
    endings.push(followEvents(api.connection, { onEvent: () => undefined }), api.connection.dispose)
    await screen.findByText('Processing, 40 %')
    await waitFor(() => expect(api.sockets.subscriptions).toHaveLength(1))
    const mediaAsset = buildMedia({ status: 'READY', progress: 100 })
    api.roots['mediaAssets'] = buildConnection([mediaAsset])
    await api.sockets.push(buildEvent('MediaProcessedEvent', { mediaAsset }))
    await waitFor(() => expect(screen.queryByText(/Processing/)).toBeNull())
    expect(document.querySelector('img[src="https://shop.test/small.webp"]')).not.toBeNull()
  })

  test('shows the status of a failed image', async () => {
    const failure = { code: 'DAMAGED', message: 'The image is damaged.', retriable: false }
    showScreen(<MediaPage />, { mediaAssets: buildConnection([buildMedia({ status: 'FAILED', failure })]) })
    await screen.findByRole('button', { name: /mug\.jpg Failed/ })
  })

  test('offers no upload to a member who may only view', async () => {
    showScreen(<MediaPage />, { mediaAssets: buildConnection([]) }, { permissions: ['media:read'] })
    await screen.findByText(/Images your colleagues upload/)
    expect(screen.queryByRole('button', { name: 'Upload images' })).toBeNull()
  })
})
