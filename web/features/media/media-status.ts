import type { MediaPartsFragment } from '../../generated/operations.ts'

/** The status label of an image; null when it is ready. */
export function mediaStatusLabel({ status, progress }: Pick<MediaPartsFragment, 'status' | 'progress'>): string | null {
  switch (status) {
    case 'READY':
      return null
    case 'FETCHING':
      return 'Downloading from WhatsApp…'
    case 'PROCESSING':
      return progress > 0 ? `Processing, ${progress} %` : 'Processing…'
    case 'FAILED':
      return 'Failed'
  }
}

/** The name of an image on screen: its alt text, else its file name. */
export function mediaName({ altText, fileName, origin }: Pick<MediaPartsFragment, 'altText' | 'fileName' | 'origin'>) {
  return altText || fileName || (origin === 'CUSTOMER' ? 'Photo from a customer' : 'Image')
}

export const isUnderWay = ({ status }: Pick<MediaPartsFragment, 'status'>): boolean =>
  status === 'FETCHING' || status === 'PROCESSING'
