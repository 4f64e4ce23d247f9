import { Alert, Anchor, Button, Group, Progress, Stack, Textarea, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { MediaAssetQuery } from '../../../generated/operations.ts'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { Pill } from '../../../ui/Pill.tsx'
import { useDates } from '../../../session/use-dates.ts'
import { useCan } from '../../../session/viewer.ts'
import { issueAt } from '../../../graphql/issues.ts'
import { formatBytes } from '../uploads/file-checks.ts'
import classes from './MediaDetails.module.css'
import { MediaImage } from '../MediaImage.tsx'
import { isUnderWay, mediaName, mediaStatusLabel } from '../media-status.ts'
import { useMediaActions } from '../use-media-actions.ts'

type Asset = NonNullable<MediaAssetQuery['mediaAsset']>

const MAX_ALT_TEXT_LENGTH = 500
const MAX_NAME_LENGTH = 120

function Facts({ asset }: { asset: Asset }) {
  const dates = useDates()
  const { width, height, bytes, contentType } = asset
  const facts: [string, string][] = [
    ['From', asset.origin === 'CUSTOMER' ? 'A customer, via WhatsApp' : 'Uploaded'],
    ['Added', dates.full(asset.createdAt)],
    ...(width && height ? [['Dimensions', `${width} × ${height}`] as [string, string]] : []),
    ...(bytes ? [['Size', formatBytes(bytes)] as [string, string]] : []),
    ...(contentType ? [['Format', contentType.replace('image/', '').toUpperCase()] as [string, string]] : []),
    ['Visible to', asset.visibility === 'PRIVATE' ? 'Your staff only' : 'Anyone with the link'],
  ]
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Sizes({ asset }: { asset: Asset }) {
  const sizes = [
    ['Small', asset.small],
    ['Medium', asset.medium],
    ['Large', asset.large],
    ['WhatsApp', asset.whatsapp],
  ] as const
  const ready = sizes.filter(([, url]) => url !== null)
  if (ready.length === 0) return null
  return (
    <Group gap="sm" role="group" aria-label="Sizes of the image">
      {ready.map(([name, url]) => (
        <Anchor key={name} href={url ?? ''} target="_blank" rel="noreferrer" size="sm" underline="always">
          {name}
        </Anchor>
      ))}
    </Group>
  )
}

/** The details of one image: alt text, sizes and actions. */
export function MediaDetails({ asset, onRemoved }: { asset: Asset; onRemoved: () => void }) {
  const can = useCan()('media:write')
  const [altText, setAltText] = useState(asset.altText)
  const [fileName, setFileName] = useState(asset.fileName)
  const [removing, setRemoving] = useState(false)
  const actions = useMediaActions(asset.id)
  const word = mediaStatusLabel(asset)
  const changed = altText.trim() !== asset.altText || fileName.trim() !== asset.fileName
  return (
    <Stack>
      <div className={classes.stage}>
        <MediaImage url={asset.large ?? asset.medium} placeholder={asset.placeholder} alt={mediaName(asset)} whole />
      </div>
      {isUnderWay(asset) && (
        <div>
          <Pill tone="progress">{word}</Pill>
          <Progress mt="xs" value={asset.progress} aria-label="Processing the image" animated />
        </div>
      )}
      {asset.status === 'FAILED' && (
        <Alert color="red" variant="outline" icon={<IconAlertTriangle size={18} />} title="This image cannot be used">
          {asset.failure?.message}
          {can && asset.failure?.retriable && (
            <div>
              <Button
                mt="sm"
                size="compact-sm"
                variant="default"
                loading={actions.busy === 'retry'}
                onClick={() => void actions.retry()}
              >
                Try again
              </Button>
            </div>
          )}
        </Alert>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void actions.describe({ altText: altText.trim(), fileName: fileName.trim() })
        }}
      >
        <Textarea
          label="Alt text"
          description="Describes the image to people who cannot see it. Search finds it too."
          placeholder="e.g. A blue mug with a lighthouse on a wooden table"
          dir="auto"
          autosize
          minRows={2}
          maxRows={5}
          maxLength={MAX_ALT_TEXT_LENGTH}
          readOnly={!can}
          value={altText}
          error={issueAt(actions.issues, 'altText')}
          onChange={(event) => setAltText(event.currentTarget.value)}
        />
        <TextInput
          mt="sm"
          label="Name"
          maxLength={MAX_NAME_LENGTH}
          readOnly={!can}
          value={fileName}
          error={issueAt(actions.issues, 'fileName')}
          onChange={(event) => setFileName(event.currentTarget.value)}
        />
        {can && (
          <Button
            mt="xs"
            type="submit"
            size="compact-sm"
            variant="default"
            disabled={!changed}
            loading={actions.busy === 'describe'}
          >
            Save
          </Button>
        )}
      </form>
      <Facts asset={asset} />
      <Sizes asset={asset} />
      {can && asset.removedAt && (
        <Button variant="default" loading={actions.busy === 'restore'} onClick={() => void actions.restore()}>
          Restore
        </Button>
      )}
      {can && !asset.removedAt && (
        <Button
          variant="subtle"
          color="red.8"
          className={classes.remove ?? ''}
          leftSection={<IconTrash size={17} aria-hidden="true" />}
          onClick={() => setRemoving(true)}
        >
          Remove from the library
        </Button>
      )}
      <ConfirmDialog
        opened={removing}
        title="Remove this image?"
        confirmLabel="Remove"
        busy={actions.busy === 'remove'}
        onClose={() => setRemoving(false)}
        onConfirm={() => {
          void actions.remove().then((done) => {
            setRemoving(false)
            if (done) onRemoved()
          })
        }}
      >
        You can restore it within a week; then its file is deleted. An image that a product or a template uses cannot be
        removed.
      </ConfirmDialog>
    </Stack>
  )
}
