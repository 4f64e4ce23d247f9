import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { mediaLink } from '../media/links.ts'
import type { VariantFile } from '../media/queries.ts'
import { requirePublicMedia } from '../media/library/require-media.ts'
import type { TemplateContent } from './domain/content.ts'

/**
 * Replaces the media id of the content by a URL that WhatsApp can fetch.
 *
 * @throws ValidationError when the image is not in the merchant's library, private, or not ready.
 */
export async function resolveImage(unit: UnitOfWork, content: TemplateContent): Promise<TemplateContent> {
  const { mediaId, ...rest } = content
  if (mediaId === undefined) return content
  const asset = await requirePublicMedia(unit, mediaId, 'input.content.mediaId')
  // The column of sizes is text in the database.
  const files = { variants: asset.variants as VariantFile[] }
  const imageUrl = mediaLink(unit.app, files, 'WHATSAPP') ?? mediaLink(unit.app, files, 'LARGE', 'JPEG')
  return { ...rest, ...(imageUrl === null ? {} : { imageUrl }) }
}
