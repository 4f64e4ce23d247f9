import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AppContext } from '../context.ts'
import { isPrivateKey, verifyMediaUrl } from '../storage/media-urls.ts'
import { BlobStoreError, isBlobKey, type BlobInfo } from '../storage/blob-store.ts'
import { rangeOf } from './byte-range.ts'

// Only files of these types are served: originals are not, because they still contain the location of a photo.
const TYPES: Record<string, string> = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' }

const PUBLIC = 'public, max-age=31536000, immutable'
const PRIVATE = 'private, max-age=300'

/**
 * Serves images by key. Public keys cannot be guessed and their content never changes, so browsers and WhatsApp may cache
 * them for ever; private keys need a signed URL that expires.
 */
export function registerMedia(server: FastifyInstance, app: AppContext): void {
  const handler = async (request: FastifyRequest<MediaRequest>, reply: FastifyReply): Promise<FastifyReply> => {
    try {
      return await sendImage(app, request, reply)
    } catch (error) {
      if (!(error instanceof BlobStoreError)) throw error
      app.logger.warn({ err: error, requestId: request.id }, 'an image could not be read')
      for (const name of Object.keys(reply.getHeaders())) if (FILE_HEADERS.has(name)) reply.removeHeader(name)
      return refuse(reply.header('retry-after', 10), 503, 'Images cannot be read at the moment; try again shortly.')
    }
  }
  // HEAD has a route of its own: the one that fastify derives from GET answers with a length of 0.
  server.route<MediaRequest>({ method: ['GET', 'HEAD'], url: '/media/*', exposeHeadRoute: false, handler })
}

type MediaRequest = { Params: { '*': string }; Querystring: Record<string, unknown> }

const FILE_HEADERS = new Set(['cache-control', 'content-length', 'content-range', 'etag', 'last-modified'])

async function sendImage(
  app: AppContext,
  request: FastifyRequest<MediaRequest>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = request.params['*']
  const type = TYPES[key.split('.').at(-1) ?? '']
  if (!type || !isBlobKey(key)) return notFound(reply)
  const isPrivate = isPrivateKey(key)
  if (isPrivate) {
    const verdict = verifyMediaUrl(app.config, key, request.query)
    if (verdict === 'forged') return notFound(reply)
    if (verdict === 'expired')
      return refuse(reply, 403, 'This address has expired. Load the image again from where you found it.')
  }
  const info = await app.storage.info(key)
  if (!info) return notFound(reply)
  const etag = etagOf(info)
  reply
    .header('cache-control', isPrivate ? PRIVATE : PUBLIC)
    .header('cross-origin-resource-policy', isPrivate ? 'same-site' : 'cross-origin')
    .header('x-content-type-options', 'nosniff')
    // Keeps scripts in a file from running when a browser opens the image as a page.
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('content-disposition', `inline; filename="${key.split('/').at(-1)}"`)
    .header('etag', etag)
    .header('last-modified', info.modifiedAt.toUTCString())
    .header('accept-ranges', 'bytes')
  const { 'if-none-match': known, 'if-range': condition, range: wanted } = request.headers
  if (known && matchesEtag(known, etag)) return reply.status(304).send()
  reply.type(type)
  const asksForPart = request.method === 'GET' && (condition === undefined || condition === etag)
  const range = asksForPart ? rangeOf(wanted, info.size) : null
  if (range === 'unsatisfiable') {
    return refuse(
      reply.header('content-range', `bytes */${info.size}`).header('cache-control', 'no-store'),
      416,
      'The range lies outside the image.',
    )
  }
  if (range) reply.status(206).header('content-range', `bytes ${range.start}-${range.end}/${info.size}`)
  reply.header('content-length', range ? range.end - range.start + 1 : info.size)
  if (request.method === 'HEAD') return reply.send()
  return reply.send(await app.storage.read(key, range ?? undefined))
}

const refuse = (reply: FastifyReply, status: number, error: string) =>
  reply.status(status).type('application/json; charset=utf-8').send({ error })
const notFound = (reply: FastifyReply) => refuse(reply, 404, 'There is no such image.')

const etagOf = ({ size, modifiedAt }: BlobInfo): string => `"${size.toString(36)}-${modifiedAt.getTime().toString(36)}"`

/** Whether `If-None-Match` names the entity tag, by weak comparison (RFC 9110 section 13.1.2). */
const matchesEtag = (header: string, etag: string): boolean =>
  header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
