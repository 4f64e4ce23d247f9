/** The largest upload in bytes. The server enforces the same limit; checking here saves the upload. */
export const MAX_BYTES = 10 * 1024 * 1024

/** The MIME types that the file dialog offers. */
export const ACCEPTED_TYPES = 'image/jpeg,image/png,image/webp'

const HEAD_BYTES = 16
const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0))
const startsWith = (head: Uint8Array, bytes: number[], at = 0) =>
  bytes.every((byte, index) => head[at + index] === byte)

/** Recognises JPEG, PNG and WebP by their first bytes, never by the file name. */
function isImage(head: Uint8Array): boolean {
  return (
    startsWith(head, [0xff, 0xd8, 0xff]) ||
    startsWith(head, [0x89, ...ascii('PNG\r\n')]) ||
    (startsWith(head, ascii('RIFF')) && startsWith(head, ascii('WEBP'), 8))
  )
}

/** The reason why a file cannot be uploaded, worded as the server words it; null when it can. */
export async function refusalOf(file: Blob): Promise<string | null> {
  if (file.size === 0) return 'The file is empty. Choose another image.'
  if (file.size > MAX_BYTES) return 'The file is larger than 10 MB. Save it in a smaller size and upload it again.'
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer())
  return isImage(head) ? null : 'Only JPEG, PNG and WebP images can be used. Save it in one of these formats.'
}

/** A size for people: "2.4 MB", "310 kB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
