import { Drawer, Skeleton, Stack } from '@mantine/core'
import { useMediaAssetQuery } from '../../../generated/hooks.ts'
import { ErrorMessage } from '../../../ui/ErrorMessage.tsx'
import { StateMessage } from '../../../ui/StateMessage.tsx'
import { IconPhotoOff } from '@tabler/icons-react'
import { MediaDetails } from './MediaDetails.tsx'

function Loaded({ id, onClose }: { id: string; onClose: () => void }) {
  const [{ data, error, fetching }, refetch] = useMediaAssetQuery({
    variables: { id },
    requestPolicy: 'cache-and-network',
  })
  const asset = data?.mediaAsset
  if (asset) return <MediaDetails key={asset.id} asset={asset} onRemoved={onClose} />
  if (error && !fetching) {
    return <ErrorMessage subject="The image" error={error} onRetry={() => refetch({ requestPolicy: 'network-only' })} />
  }
  if (fetching || !data) {
    return (
      <Stack role="status" aria-label="Loading the image">
        <Skeleton h={280} />
        <Skeleton h={60} />
      </Stack>
    )
  }
  return (
    <StateMessage icon={IconPhotoOff} title="No such image">
      It may have been removed.
    </StateMessage>
  )
}

/** The details of one image in a drawer beside the library. */
export function MediaDrawer({ id, onClose }: { id: string | null; onClose: () => void }) {
  return (
    <Drawer
      opened={id !== null}
      onClose={onClose}
      position="right"
      size="md"
      title="Image"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {id !== null && <Loaded key={id} id={id} onClose={onClose} />}
    </Drawer>
  )
}
