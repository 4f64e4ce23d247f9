/** A part of a multipart/form-data body; `fileName` is null for a plain field. */
export type Part = { name: string; fileName: string | null; content: Buffer }

/** The body is not what its type says. The message is safe to show. */
export class MultipartError extends Error {}

const HEADER_BYTES = 4_096
const CRLF = '\r\n'

/** The boundary that the content type names (RFC 2046 section 5.1.1). @throws MultipartError when it names none. */
export function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType)
  const boundary = match?.[1] ?? match?.[2]
  if (!boundary) throw new MultipartError('The content type names no boundary of 1 to 70 characters.')
  return boundary
}

/**
 * The parts of a whole body in memory, as views of it (RFC 7578). Lenient where clients differ (quotes, a preamble),
 * strict where bodies are wrong.
 *
 * @throws MultipartError for a body that does not end, has a part without a name, or more than `mostParts`.
 */
export function parseMultipart(body: Buffer, contentType: string, { mostParts }: { mostParts: number }): Part[] {
  const delimiter = `${CRLF}--${boundaryOf(contentType)}`
  const parts: Part[] = []
  // The first delimiter may stand at the very beginning, without the line break that belongs to all others.
  let at =
    body.subarray(0, delimiter.length - 2).toString('latin1') === delimiter.slice(2) ? -2 : body.indexOf(delimiter)
  if (at === -1) throw new MultipartError('The body does not begin with the boundary its content type names.')
  for (;;) {
    const after = at + delimiter.length
    if (body.toString('latin1', after, after + 2) === '--') return parts
    // Blanks may follow the boundary (RFC 2046, transport padding).
    const lineEnd = body.indexOf(CRLF, after)
    const next = body.indexOf(delimiter, after)
    if (lineEnd === -1 || next === -1)
      throw new MultipartError('The body ends in the middle of a part; it was cut off or its boundary is wrong.')
    if (body.toString('latin1', after, lineEnd).trim() !== '')
      throw new MultipartError('A boundary is followed by text.')
    if (parts.length === mostParts) throw new MultipartError(`The body has more than ${mostParts} parts.`)
    parts.push(parsePart(body.subarray(lineEnd, next)))
    at = next
  }
}

/** `part` begins with the line break before its headers, so that a part without any begins with two. */
function parsePart(part: Buffer): Part {
  const blank = part.indexOf(CRLF + CRLF)
  if (blank === -1 || blank > HEADER_BYTES)
    throw new MultipartError(`A part has no headers, or more than ${HEADER_BYTES} bytes of them.`)
  const headers = part.toString('utf8', 0, blank).split(CRLF)
  const disposition = headers.find((line) => /^content-disposition:\s*form-data\s*(;|$)/i.test(line)) ?? ''
  const parameters = parametersOf(disposition)
  const name = parameters.get('name')
  if (!name) throw new MultipartError('A part has no name in its Content-Disposition.')
  const fileName = decoded(parameters.get('filename*')) ?? parameters.get('filename') ?? null
  return { name, fileName, content: part.subarray(blank + 4) }
}

/** The parameters of a header, in quotes or not. Browsers write `%22` for a quote in a value; others a backslash before it. */
function parametersOf(header: string): Map<string, string> {
  const parameters = new Map<string, string>()
  const next = /\s*;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/y
  next.lastIndex = header.indexOf(';')
  for (let match = next.exec(header); match; match = next.exec(header)) {
    const [, name = '', quoted, plain = ''] = match
    const value = quoted?.replace(/\\(["\\])/g, '$1') ?? plain
    parameters.set(name.toLowerCase(), value.replace(/%22/g, '"').replace(/%0[DA]/gi, ' '))
  }
  return parameters
}

/** A name in UTF-8, percent-encoded (RFC 8187), which some clients send beside or instead of the plain one. */
function decoded(value: string | undefined): string | null {
  const encoded = /^UTF-8'[^']*'(.*)$/i.exec(value ?? '')?.[1]
  if (encoded === undefined) return null
  try {
    return decodeURIComponent(encoded)
  } catch {
    return null
  }
}
