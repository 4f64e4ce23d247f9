import { Button, Group, Progress } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import classes from '../library/MediaGrid.module.css'
import type { Upload } from './uploads.ts'

type UploadTileProps = { upload: Upload; onRetry: () => void; onDiscard: () => void }

const STATUS_LABELS = { CHECKING: 'Waiting…', WAITING: 'Waiting…', FAILED: 'Not uploaded' }

/** An upload in progress: a local preview of the file, and the percentage sent. */
export function UploadTile({ upload, onRetry, onDiscard }: UploadTileProps) {
  const { file, status, progress, problem } = upload
  const failed = status === 'FAILED'
  return (
    <div className={classes.tile} data-static="true">
      <span className={classes.image} data-dim={!failed || undefined}>
        {/* A file that is not an image has no preview. */}
        {failed && !upload.canRetry ? (
          <IconAlertTriangle className={classes.warning} size={28} stroke={1.5} aria-hidden="true" />
        ) : (
          <img className={classes.draft} src={upload.previewUrl} alt="" />
        )}
        {!failed && (
          <Progress
            className={classes.progress ?? ''}
            value={progress}
            size="sm"
            radius={0}
            aria-label={`Uploading ${file.name}`}
          />
        )}
      </span>
      <span className={classes.caption}>
        <span className={classes.name}>{file.name}</span>
        <span className={classes.state} data-bad={failed || undefined}>
          {status === 'SENDING' ? `Uploading, ${progress} %` : STATUS_LABELS[status]}
        </span>
        {problem && (
          <span className={classes.problem} role="alert">
            {problem}
          </span>
        )}
        {failed && (
          <Group gap={4} mt={4}>
            {upload.canRetry && (
              <Button size="compact-xs" variant="default" onClick={onRetry}>
                Try again
              </Button>
            )}
            <Button size="compact-xs" variant="default" onClick={onDiscard}>
              Dismiss
            </Button>
          </Group>
        )}
      </span>
    </div>
  )
}
