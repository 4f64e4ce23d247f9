import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import type { GraphQLParams } from 'graphql-yoga'
import { authorize } from '../auth/actor.ts'
import type { Permission } from '../auth/permissions.ts'
import type { RequestContext } from '../graphql/context.ts'
import { UploadedFile } from '../graphql/uploaded-file.ts'
import { CSRF_HEADER, RequestError } from './graphql-request.ts'
import { MultipartError, readMultipart, type Part } from './multipart.ts'
import type { SlotBounds, Slots } from '../rate-limit/slots.ts'

/** Limits of one upload. The body may have 64 KB beside the file for the document, its variables and the headers of parts. */
export const UPLOAD_LIMITS = {
  fileBytes: 10 * 1024 * 1024,
  bodyBytes: 10 * 1024 * 1024 + 64 * 1024,
  /** Limit of each JSON part, the same as of a request without a file. */
  jsonBytes: 1024 * 1024,
  /** Longest pause between two chunks, and longest duration of the whole upload. */
  idleMs: 10_000,
  totalMs: 110_000,
  /** Checked every `rateWindowMs`, so that a slow client holds a slot for one window only. */
  minBytesPerSecond: 4 * 1024,
  rateWindowMs: 10_000,
} as const

/** Concurrency limits. A caller may have more than two uploads, since the dashboard sends two images at a time. */
export const UPLOAD_BOUNDS: SlotBounds = { total: 24, perMerchant: 8, perCaller: 4 }

const CODES = {
  400: 'BAD_REQUEST',
  403: 'CSRF_HEADER_MISSING',
  408: 'REQUEST_TIMEOUT',
  413: 'PAYLOAD_TOO_LARGE',
} as const

/** A refusal of an upload, by its HTTP status. */
class UploadError extends RequestError {
  constructor(status: keyof typeof CODES, message: string) {
    super(CODES[status], message)
  }
}

export const isUpload = ({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): boolean =>
  method === 'POST' && /^multipart\/form-data\s*(;|$)/i.test(headers['content-type'] ?? '')

/** Leaves bodies with files to `readUpload`, which checks the permission first. */
export function acceptUploads(scope: FastifyInstance): void {
  scope.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null))
}

// Takes the place of the request, so that yoga reports why the caller could not be authenticated.
const PLACEHOLDER: GraphQLParams = { query: '{ __typename }' }

/**
 * Reads a GraphQL request with one file (GraphQL multipart request specification). Callers without the permission, and
 * bodies with a content-length above the limit, are refused before any byte of the body is read.
 *
 * @param caller null when the database was unreachable during authentication
 * @param permission required by every mutation that takes a file; the mutation checks it again
 * @throws RequestError, or AppError UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED, UNAVAILABLE.
 */
export async function readUpload(
  request: Pick<FastifyRequest, 'raw' | 'headers'>,
  caller: Pick<RequestContext, 'actor'> | null,
  { permission, slots }: { permission: Permission; slots: Slots },
): Promise<GraphQLParams> {
  const { raw, headers } = request
  if (!headers[CSRF_HEADER])
    throw new UploadError(
      403,
      `Send the header "${CSRF_HEADER}: 1" with an upload: it proves that no foreign page sent it (CSRF).`,
    )
  if (!caller) return PLACEHOLDER
  const actor = authorize(caller.actor, permission)
  if (Number(headers['content-length'] ?? 0) > UPLOAD_LIMITS.bodyBytes) throw tooLarge()
  const slot = slots.take(actor)
  try {
    return assemble(await readParts(raw, headers['content-type'] ?? ''))
  } catch (error) {
    throw error instanceof MultipartError ? new UploadError(400, error.message) : error
  } finally {
    slot[Symbol.dispose]()
  }
}

const tooLarge = () => new UploadError(413, 'The request is too large: a file may have 10 MB.')

/** Reads the parts of the body. @throws UploadError when the body is too large, too slow or cut off. */
async function readParts(raw: IncomingMessage, contentType: string): Promise<Part[]> {
  const { idleMs, totalMs, minBytesPerSecond, rateWindowMs } = UPLOAD_LIMITS
  const reader = readMultipart(contentType, { maxParts: 3 })
  let stop = () => {}
  const received = new Promise<void>((done, fail) => {
    let size = 0
    let sizeBefore = 0
    const refuseSlowUpload = () => fail(new UploadError(408, 'The upload was too slow and was given up; try again.'))
    const idle = setTimeout(refuseSlowUpload, idleMs)
    const total = setTimeout(refuseSlowUpload, totalMs)
    const rate = setInterval(() => {
      if ((size - sizeBefore) * 1_000 < minBytesPerSecond * rateWindowMs) refuseSlowUpload()
      sizeBefore = size
    }, rateWindowMs)
    const onData = (chunk: Buffer) => {
      idle.refresh()
      size += chunk.length
      if (size > UPLOAD_LIMITS.bodyBytes) fail(tooLarge())
      else reader.write(chunk)
    }
    const onClose = () => fail(new UploadError(400, 'The upload broke off.'))
    raw.on('data', onData).on('end', done).on('close', onClose).on('error', onClose)
    stop = () => {
      clearTimeout(idle)
      clearTimeout(total)
      clearInterval(rate)
      raw.off('data', onData).off('end', done).off('close', onClose).off('error', onClose)
    }
  })
  try {
    // An error of the parser ends the upload at once.
    await Promise.race([received, reader.parts])
    await received
  } finally {
    stop()
  }
  reader.end()
  return reader.parts
}

/** Puts the file into the variables at the path that `map` names. */
function assemble(parts: readonly Part[]): GraphQLParams {
  const operations = jsonObject(parts, 'operations')
  if (Array.isArray(operations)) throw new UploadError(400, 'Send one operation a request; "operations" is a list.')
  const map = jsonObject(parts, 'map')
  const entries = Object.entries(map)
  const [entry] = entries
  if (!entry || entries.length !== 1) throw new UploadError(400, '"map" must name one file; one is sent a request.')
  const [name, paths] = entry
  const path: unknown = Array.isArray(paths) && paths.length === 1 ? paths[0] : undefined
  if (typeof path !== 'string' || !path.startsWith('variables.'))
    throw new UploadError(400, `"map" must give "${name}" one path in the variables, such as ["variables.input.file"].`)
  const files = parts.filter((part) => part.name !== 'operations' && part.name !== 'map')
  const file = files.find((part) => part.name === name)
  if (!file || files.length !== 1)
    throw new UploadError(400, `"map" names the file "${name}"; send it as the one part of that name.`)
  if (file.content.length > UPLOAD_LIMITS.fileBytes)
    throw new UploadError(413, 'The file is too large: it may have 10 MB.')
  placeAt(operations, path, new UploadedFile(file.fileName ?? '', file.content))
  return operations as GraphQLParams
}

function jsonObject(parts: readonly Part[], name: 'operations' | 'map'): Record<string, unknown> {
  const named = parts.filter((part) => part.name === name)
  if (named.length !== 1) throw new UploadError(400, `Send one part named "${name}" before the file.`)
  const { content } = named[0] as Part
  if (content.length > UPLOAD_LIMITS.jsonBytes)
    throw new UploadError(413, `"${name}" is larger than 1 MB; send less beside the file.`)
  if (!isUtf8(content)) throw new UploadError(400, `"${name}" is not UTF-8.`)
  let value: unknown
  try {
    value = JSON.parse(content.toString('utf8'))
  } catch {
    throw new UploadError(400, `"${name}" is not JSON.`)
  }
  if (typeof value !== 'object' || value === null) throw new UploadError(400, `"${name}" must be a JSON object.`)
  return value as Record<string, unknown>
}

/** Puts the file at `path`, where the specification requires a null, so that a path cannot replace anything else. */
function placeAt(operations: Record<string, unknown>, path: string, file: UploadedFile): void {
  const segments = path.split('.')
  const last = segments.pop() as string
  let at: unknown = operations
  for (const segment of segments) at = own(at, segment)
  if (own(at, last) !== null)
    throw new UploadError(
      400,
      `"map" says "${path}", but "operations" has no null there for the file to take the place of.`,
    )
  ;(at as Record<string, unknown>)[last] = file
}

const own = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined
