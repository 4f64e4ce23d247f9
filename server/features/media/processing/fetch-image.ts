import type { AppContext } from '../../../context.ts'
import { WhatsAppError, WhatsAppResponseError, WhatsAppUnreachableError } from '../../../whatsapp/errors.ts'
import { MEDIA_LIMITS } from '../domain.ts'
import { MediaRefusedError } from '../problems.ts'

/** WhatsApp cannot deliver the file now; a retry may succeed. */
export class MediaNotReadyError extends Error {
  constructor(cause: unknown) {
    super('WhatsApp cannot deliver the image yet', { cause })
    this.name = 'MediaNotReadyError'
  }
}

// Meta, "Media": an id that is unknown or has expired is answered 400 with this code and subcode.
const UNKNOWN = { code: 100, subcode: 33 }

/**
 * Downloads an image that a customer sent. Meta's URL is valid for five minutes, so each attempt requests a new one.
 *
 * @throws MediaRefusedError GONE or TOO_LARGE, MediaNotReadyError when WhatsApp is unreachable or busy, and its error otherwise.
 */
export async function fetchImage({ whatsapp }: Pick<AppContext, 'whatsapp'>, metaMediaId: string): Promise<Buffer> {
  try {
    const { bytes } = await whatsapp.downloadMedia(metaMediaId, { maxBytes: MEDIA_LIMITS.bytes })
    return bytes
  } catch (error) {
    if (error instanceof WhatsAppUnreachableError) throw new MediaNotReadyError(error)
    if (error instanceof WhatsAppResponseError && error.tooLarge)
      throw new MediaRefusedError('TOO_LARGE', { cause: error })
    if (error instanceof WhatsAppError) {
      if (error.code === UNKNOWN.code && error.subcode === UNKNOWN.subcode)
        throw new MediaRefusedError('GONE', { cause: error })
      if (error.retry === 'retry') throw new MediaNotReadyError(error)
    }
    throw error
  }
}
