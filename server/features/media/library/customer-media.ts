import { uuidv7 } from 'uuidv7'
import { actorLabel } from '../../../auth/actor.ts'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import type { InboundContent } from '../../../whatsapp/content.ts'
import { displayName } from '../domain.ts'
import { newFolder } from './upload-media.ts'

/** The image of a customer's message in any status; null when the message has none. */
export const mediaOfMessage = ({ tx }: Pick<UnitOfWork, 'tx'>, messageId: string) =>
  tx.mediaAsset.findUnique({ where: { messageId }, include: { variants: true } })

/** The image in a customer's message, if any: an image, or a document whose media type is an image. */
export function imageIn(content: InboundContent): { metaMediaId: string; fileName: string } | null {
  if (content.kind === 'image') return { metaMediaId: content.mediaId, fileName: '' }
  if (content.kind !== 'document' || !content.mimeType.startsWith('image/')) return null
  return { metaMediaId: content.mediaId, fileName: displayName(content.filename ?? '') }
}

/** Adds the image of a new inbound message and returns its id; a job fetches it from WhatsApp. Customers' images are private. */
export function addCustomerImage(
  { write, merchantId, actor }: UnitOfWork,
  messageId: string,
  { metaMediaId, fileName }: { metaMediaId: string; fileName: string },
): string {
  const id = uuidv7()
  write`
    INSERT INTO media_asset (id, merchant_id, status, origin, visibility, folder, message_id, meta_media_id, file_name, created_by)
    VALUES (${id}::uuid, ${merchantId}::uuid, 'FETCHING', 'CUSTOMER', 'PRIVATE', ${newFolder('PRIVATE')}, ${messageId}::uuid, ${metaMediaId},
      ${fileName}, ${actorLabel(actor)})`
  return id
}
