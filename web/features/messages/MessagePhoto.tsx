import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useClient } from 'urql'
import { MediaAssetDocument, type ChatPhotoFragment } from '../../generated/operations.ts'
import { MediaImage } from '../media/MediaImage.tsx'
import { isUnderWay, mediaStatusLabel } from '../media/media-status.ts'
import { PhotoViewer } from '../media/PhotoViewer.tsx'
import { useMediaActions } from '../media/use-media-actions.ts'
import { useCan } from '../../session/viewer.ts'
import classes from './MessagePhoto.module.css'

type MessagePhotoProps = { media: ChatPhotoFragment; caption: string | null }

function FailedPhoto({ media }: { media: ChatPhotoFragment }) {
  const can = useCan()
  const { retry, busy } = useMediaActions(media.id)
  return (
    <span className={classes.failed}>
      <IconAlertTriangle size={18} aria-hidden="true" />
      <span>
        <b>The photo cannot be shown.</b> {media.failure?.message}
        {media.failure?.retriable && can('media:write') && (
          <Button
            className={classes.retry ?? ''}
            size="compact-xs"
            variant="default"
            loading={busy === 'retry'}
            onClick={() => void retry()}
          >
            Try again
          </Button>
        )}
      </span>
    </span>
  )
}

/** A customer's photo: a blurred placeholder until it is ready; a press opens it large. */
export function MessagePhoto({ media, caption }: MessagePhotoProps) {
  const [opened, { open, close }] = useDisclosure()
  const client = useClient()
  const name = media.altText || caption || 'Photo from the customer'
  // URLs of private images expire after an hour or two; the query puts a new one into the cache.
  const renew = () =>
    void client.query(MediaAssetDocument, { id: media.id }, { requestPolicy: 'network-only' }).toPromise()
  if (media.status === 'FAILED') return <FailedPhoto media={media} />
  if (isUnderWay(media)) {
    return (
      <span className={classes.frame} role="status">
        <MediaImage url={null} placeholder={media.placeholder} alt="" />
        <span className={classes.word}>{mediaStatusLabel(media)}</span>
      </span>
    )
  }
  return (
    <>
      <button
        type="button"
        className={classes.frame}
        data-shape={(media.height ?? 0) > (media.width ?? 0) ? 'tall' : 'wide'}
        aria-label={`Open: ${name}`}
        onClick={open}
      >
        <MediaImage url={media.medium} placeholder={media.placeholder} alt={name} onBroken={renew} />
      </button>
      <PhotoViewer id={media.id} name={name} opened={opened} onClose={close} />
    </>
  )
}
