import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPhoto, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { useMediaAssetsQuery } from '../../../generated/hooks.ts'
import type { MediaPartsFragment } from '../../../generated/operations.ts'
import { ErrorMessage } from '../../../ui/ErrorMessage.tsx'
import { StateMessage } from '../../../ui/StateMessage.tsx'
import { useCan } from '../../../session/viewer.ts'
import { DropArea } from '../uploads/DropArea.tsx'
import { MediaGrid, MediaGridSkeleton } from './MediaGrid.tsx'
import classes from './MediaPicker.module.css'
import { UploadButton } from '../uploads/UploadButton.tsx'
import { useUploads } from '../uploads/uploads.ts'

type MediaPickerProps = {
  opened: boolean
  /** The purpose of the image, e.g. "Image of Lighthouse Mug". */
  title: string
  /** Id of the current image, if any. */
  current: string | null
  busy?: boolean
  onPick: (asset: MediaPartsFragment) => void
  /** Removes the current image; offered when there is one. */
  onClear?: () => void
  onClose: () => void
}

const PAGE_SIZE = 24

function PickerBody({ current, busy = false, onPick, onClear, onClose }: Omit<MediaPickerProps, 'opened' | 'title'>) {
  const [chosen, setChosen] = useState(current)
  const [query, setQuery] = useState('')
  const [search] = useDebouncedValue(query.trim(), 250)
  const uploads = useUploads()
  const canUpload = useCan()('media:write')
  const [{ data, error, fetching }, refetch] = useMediaAssetsQuery({
    variables: { first: PAGE_SIZE, filter: { origin: 'UPLOAD' }, ...(search && { search }) },
    requestPolicy: 'cache-and-network',
  })
  const assets = data?.mediaAssets.edges.map((edge) => edge.node)
  const picked = assets?.find((asset) => asset.id === chosen && asset.status === 'READY')
  const add = (files: File[]) => uploads.add(files, (asset) => setChosen(asset.id))
  const empty = assets?.length === 0 && uploads.uploads.length === 0
  return (
    <Stack gap="sm">
      <Group gap="sm" justify="space-between">
        <TextInput
          type="search"
          className={classes.search ?? ''}
          aria-label="Search images"
          placeholder="Alt text or file name"
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          maxLength={100}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
        {canUpload && <UploadButton variant="default" onFiles={add} />}
      </Group>
      <DropArea enabled={canUpload} onFiles={add}>
        {/* A region that scrolls must be reachable by keyboard. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <div className={classes.scroll} role="group" aria-label="Images" tabIndex={0}>
          {assets && !empty && (
            <MediaGrid assets={assets} uploads={uploads} chosen={chosen} onOpen={({ id }) => setChosen(id)} />
          )}
          {empty && !fetching && (
            <StateMessage icon={IconPhoto} title={search ? 'No image matches' : 'No images yet'}>
              {search ? 'Try another word.' : 'Upload the first one, or drop it here.'}
            </StateMessage>
          )}
          {!assets && error && (
            <ErrorMessage subject="Images" error={error} onRetry={() => refetch({ requestPolicy: 'network-only' })} />
          )}
          {((!assets && !error) || (empty && fetching)) && <MediaGridSkeleton />}
          {data?.mediaAssets.pageInfo.hasNextPage && (
            <Text size="sm" c="dimmed" ta="center" mt="sm">
              Search to find older images.
            </Text>
          )}
        </div>
      </DropArea>
      <Group justify="space-between" gap="sm">
        {current !== null && onClear ? (
          <Button variant="subtle" color="red.8" disabled={busy} onClick={onClear}>
            Remove image
          </Button>
        ) : (
          <span />
        )}
        <Group gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button disabled={!picked || picked.id === current} loading={busy} onClick={() => picked && onPick(picked)}>
            Use this image
          </Button>
        </Group>
      </Group>
    </Stack>
  )
}

/** Chooses one image from the library, or uploads a new one. */
export function MediaPicker({ opened, title, onClose, ...rest }: MediaPickerProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} size="xl" closeButtonProps={{ 'aria-label': 'Close' }}>
      {opened && <PickerBody {...rest} onClose={onClose} />}
    </Modal>
  )
}
