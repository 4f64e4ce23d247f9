import type { MediaPartsFragment } from '../../generated/operations.ts'

/** What is going on with an image, in a word; null when it is simply there. */
export function statusWord({ status, progress }: Pick<MediaPartsFragment, 'status' | 'progress'>): string | null {
  switch (status) {
    case 'READY':
      return null
    case 'FETCHING':
      return 'Fetching from WhatsApp…'
    case 'PROCESSING':
      return progress > 0 ? `Preparing, ${progress} %` : 'Preparing…'
    case 'FAILED':
      return 'Not usable'
  }
}

/** How an image is called on screen: what it shows, else its file's name. */
export function mediaName({ altText, fileName, origin }: Pick<MediaPartsFragment, 'altText' | 'fileName' | 'origin'>) {
  return altText || fileName || (origin === 'CUSTOMER' ? 'Photo from a customer' : 'Image')
}

export const isUnderWay = ({ status }: Pick<MediaPartsFragment, 'status'>): boolean =>
  status === 'FETCHING' || status === 'PROCESSING'
