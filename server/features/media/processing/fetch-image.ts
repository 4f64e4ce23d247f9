import type { AppContext } from '../../../context.ts'
import { WhatsAppError, WhatsAppResponseError, WhatsAppUnreachableError } from '../../../whatsapp/errors.ts'
import { MEDIA_LIMITS } from '../domain.ts'
import { MediaRefusedError } from '../problems.ts'

/** WhatsApp may hand over the file later. */
export class NotYetError extends Error {
  constructor(cause: unknown) {
    super('WhatsApp does not hand over the picture yet', { cause })
    this.name = 'NotYetError'
  }
}

// Meta, "Media": an id that is unknown or has expired is answered 400 with this code and subcode.
const UNKNOWN = { code: 100, subcode: 33 }

/**
 * The bytes of a picture that a customer sent. The address Meta gives holds five minutes and is asked for anew each time.
 *
 * @throws MediaRefusedError GONE or TOO_LARGE, NotYetError when WhatsApp is out of reach or busy, and what it answered
 * otherwise.
 */
export async function fetchPicture({ whatsapp }: Pick<AppContext, 'whatsapp'>, metaMediaId: string): Promise<Buffer> {
  try {
    const { bytes } = await whatsapp.downloadMedia(metaMediaId, { maxBytes: MEDIA_LIMITS.bytes })
    return bytes
  } catch (error) {
    if (error instanceof WhatsAppUnreachableError) throw new NotYetError(error)
    if (error instanceof WhatsAppResponseError && error.tooLarge)
      throw new MediaRefusedError('TOO_LARGE', { cause: error })
    if (error instanceof WhatsAppError) {
      if (error.code === UNKNOWN.code && error.subcode === UNKNOWN.subcode)
        throw new MediaRefusedError('GONE', { cause: error })
      if (error.retry === 'retry') throw new NotYetError(error)
    }
    throw error
  }
}
