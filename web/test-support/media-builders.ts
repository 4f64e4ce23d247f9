import type { MediaStatus } from '../generated/operations.ts'

type MediaOptions = {
  id?: string
  status?: MediaStatus
  progress?: number
  altText?: string
  failure?: { code: string; message: string; retriable: boolean } | null
}

/** An image of the library; it has URLs once it is READY. */
export function buildMedia({
  id = 'media-1',
  status = 'READY',
  progress = 0,
  altText = '',
  failure = null,
}: MediaOptions = {}) {
  return {
    __typename: 'MediaAsset',
    id,
    status,
    origin: 'UPLOAD',
    visibility: 'PUBLIC',
    fileName: 'mug.jpg',
    altText,
    contentType: 'image/jpeg',
    bytes: 310_400,
    width: 1600,
    height: 1200,
    placeholder: 'data:image/webp;base64,AA==',
    progress,
    failure,
    createdAt: '2026-11-02T12:00:00.000Z',
    removedAt: null,
    url: ({ size }: { size: string }) => (status === 'READY' ? `https://shop.test/${size.toLowerCase()}.webp` : null),
  }
}
