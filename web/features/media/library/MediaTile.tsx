import { Progress } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconLock } from '@tabler/icons-react'
import type { MediaPartsFragment } from '../../../generated/operations.ts'
import classes from './MediaGrid.module.css'
import { MediaImage } from '../MediaImage.tsx'
import { isUnderWay, mediaName, mediaStatusLabel } from '../media-status.ts'

type MediaTileProps = {
  asset: MediaPartsFragment
  /** In a picker: whether it is the chosen one. */
  chosen?: boolean
  /** In a picker: the image is not ready or not public, so it cannot be chosen. */
  disabled?: boolean
  onOpen: () => void
}

/** One image of the library, with its progress while it is processed. */
export function MediaTile({ asset, chosen, disabled = false, onOpen }: MediaTileProps) {
  const word = mediaStatusLabel(asset)
  const name = mediaName(asset)
  return (
    <button
      type="button"
      className={classes.tile}
      data-chosen={chosen || undefined}
      aria-pressed={chosen}
      disabled={disabled}
      onClick={onOpen}
    >
      <span className={classes.image}>
        <MediaImage url={asset.status === 'READY' ? asset.small : null} placeholder={asset.placeholder} alt="" />
        {chosen && (
          <span className={classes.check}>
            <IconCheck size={16} stroke={2.6} aria-hidden="true" />
          </span>
        )}
        {asset.visibility === 'PRIVATE' && (
          <span className={classes.lock}>
            <IconLock size={14} role="img" aria-label="Private" />
          </span>
        )}
        {isUnderWay(asset) && (
          <Progress
            className={classes.progress ?? ''}
            value={asset.progress}
            size="sm"
            radius={0}
            animated
            aria-label={`Processing ${name}`}
          />
        )}
      </span>
      <span className={classes.caption}>
        <span className={classes.name}>{name}</span>
        {word && (
          <span className={classes.state} data-bad={asset.status === 'FAILED' || undefined}>
            {asset.status === 'FAILED' && <IconAlertTriangle size={14} aria-hidden="true" />}
            {word}
          </span>
        )}
      </span>
    </button>
  )
}
