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

/** Adds the image of a new inbound message; a job fetches it from WhatsApp. Customers' images are private. */
export async function addCustomerImage(
  unit: UnitOfWork,
  messageId: string,
  image: { metaMediaId: string; fileName: string },
): Promise<string> {
  const { merchantId } = unit
  const { id } = await unit.tx.mediaAsset.create({
    data: {
      merchantId,
      status: 'FETCHING',
      origin: 'CUSTOMER',
      visibility: 'PRIVATE',
      folder: newFolder('PRIVATE'),
      messageId,
      ...image,
      createdBy: actorLabel(unit.actor),
    },
    select: { id: true },
  })
  return id
}
