import { Skeleton } from '@mantine/core'
import type { MediaPartsFragment } from '../../../generated/operations.ts'
import classes from './MediaGrid.module.css'
import { MediaTile } from './MediaTile.tsx'
import { UploadTile } from '../uploads/UploadTile.tsx'
import type { useUploads } from '../uploads/uploads.ts'

type MediaGridProps = {
  assets: MediaPartsFragment[]
  /** Uploads in progress, shown first. */
  uploads?: ReturnType<typeof useUploads>
  onOpen: (asset: MediaPartsFragment) => void
  /** In a picker: the id of the chosen image, or null. Only public images that are ready can be chosen. */
  chosen?: string | null
}

const canBeChosen = ({ status, visibility }: MediaPartsFragment) => status === 'READY' && visibility === 'PUBLIC'

export function MediaGrid({ assets, uploads, onOpen, chosen }: MediaGridProps) {
  const picking = chosen !== undefined
  return (
    <ul className={classes.grid}>
      {uploads?.uploads.map((upload) => (
        <li key={upload.key}>
          <UploadTile
            upload={upload}
            onRetry={() => uploads.retry(upload.key)}
            onDiscard={() => uploads.discard(upload.key)}
          />
        </li>
      ))}
      {assets.map((asset) => (
        <li key={asset.id}>
          <MediaTile
            asset={asset}
            disabled={picking && !canBeChosen(asset)}
            {...(picking && { chosen: chosen === asset.id })}
            onOpen={() => onOpen(asset)}
          />
        </li>
      ))}
    </ul>
  )
}

const PLACEHOLDERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

export function MediaGridSkeleton() {
  return (
    <div className={classes.grid} role="status" aria-label="Loading images">
      {PLACEHOLDERS.map((key) => (
        <Skeleton key={key} h={226} radius="lg" />
      ))}
    </div>
  )
}
