import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'

/** A part of a multipart/form-data body; `fileName` is null for a plain field. */
export type Part = { name: string; fileName: string | null; content: Buffer }

/** The body is not multipart/form-data as its content type says. The message is safe to show. */
export class MultipartError extends Error {}

export type MultipartReader = {
  write: (chunk: Buffer) => void
  end: () => void
  /** All parts, once the closing boundary was read. Rejects with MultipartError. */
  parts: Promise<Part[]>
}

const HEADER_BYTES = 4_096
const NO_PART = 'The body does not begin with the boundary its content type names, or ends in its first part.'
const CUT_OFF = 'The body ends in the middle of a part; it was cut off or its boundary is wrong.'

/**
 * Collects the parts of a multipart/form-data body (RFC 7578) in memory. The caller bounds the size of the body.
 *
 * @throws MultipartError when the content type names no boundary.
 */
export function readMultipart(contentType: string, { maxParts }: { maxParts: number }): MultipartReader {
  const parser = openParser(contentType, maxParts)
  const pending: Promise<Part>[] = []
  const parts = new Promise<Part[]>((done, fail) => {
    parser
      .on('file', (name: string | undefined, content: BusboyFileStream, fileName: string | undefined) => {
        const chunks: Buffer[] = []
        // The parser reports a body that ends in the middle of a part as an error of the part, too.
        content.on('error', () => {}).on('data', (chunk: Buffer) => void chunks.push(chunk))
        if (!name) return fail(new MultipartError('A part has no name in its Content-Disposition.'))
        pending.push(
          new Promise((collected) => {
            content.on('end', () =>
              collected({
                name,
                fileName: fileName === undefined ? null : decoded(fileName),
                content: Buffer.concat(chunks),
              }),
            )
          }),
        )
      })
      .on('partsLimit', () => fail(new MultipartError(`The body has more than ${maxParts} parts.`)))
      .on('error', () => fail(new MultipartError(pending.length === 0 ? NO_PART : CUT_OFF)))
      .on('finish', () => done(Promise.all(pending)))
  })
  return { write: (chunk) => void parser.write(chunk), end: () => void parser.end(), parts }
}

function openParser(contentType: string, parts: number): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { parts, headerSize: HEADER_BYTES },
      // Parts are read as bytes, because JSON can be checked for valid UTF-8 only before it is decoded.
      isPartAFile: () => true,
      preservePath: true,
    })
  } catch {
    throw new MultipartError('The content type names no boundary.')
  }
}

/** Browsers write `%22` for a quote and `%0D%0A` for a line break in a file name (WHATWG HTML, multipart/form-data). */
const decoded = (fileName: string): string => fileName.replace(/%22/g, '"').replace(/%0[DA]/gi, ' ')
