/** What the server takes, asked before a byte is sent; it judges again by what it finds. */
export const LARGEST_BYTES = 10 * 1024 * 1024

/** For the file dialog: what it offers. */
export const ACCEPTED_TYPES = 'image/jpeg,image/png,image/webp'

const HEAD_BYTES = 16
const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0))
const startsWith = (head: Uint8Array, bytes: number[], at = 0) =>
  bytes.every((byte, index) => head[at + index] === byte)

/** By the first bytes, never by the name: JPEG, PNG, WebP. */
function isImage(head: Uint8Array): boolean {
  return (
    startsWith(head, [0xff, 0xd8, 0xff]) ||
    startsWith(head, [0x89, ...ascii('PNG\r\n')]) ||
    (startsWith(head, ascii('RIFF')) && startsWith(head, ascii('WEBP'), 8))
  )
}

/** Why a file cannot become an image, in the words of the server; null when there is nothing to say against it. */
export async function refusalOf(file: Blob): Promise<string | null> {
  if (file.size === 0) return 'The file is empty. Choose an image and send it again.'
  if (file.size > LARGEST_BYTES) return 'The file is larger than 10 MB. Save the image smaller and send it again.'
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer())
  return isImage(head) ? null : 'Only JPEG, PNG and WebP images can be used. Save the image as one of them.'
}

/** "2.4 MB", "310 kB": as people say sizes. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
