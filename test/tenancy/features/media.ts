import { UploadedFile } from '../../../server/graphql/uploaded-file.ts'
import { processMedia } from '../../../server/features/media/processing/process-media.ts'
import { uploadMedia } from '../../../server/features/media/library/upload-media.ts'
import { plainImage } from '../../harness/images.ts'
import type { Populate } from '../populate.ts'

/** Uploads and processes an image. */
export const populateMedia: Populate = async (app, { merchantId, owner }) => {
  const file = new UploadedFile('image.jpg', await plainImage())
  const { id } = await uploadMedia(app, owner, { file })
  await processMedia(
    { app, attempt: 1, lastAttempt: true, signal: new AbortController().signal },
    { merchantId, mediaId: id },
  )
  return { media: id }
}
