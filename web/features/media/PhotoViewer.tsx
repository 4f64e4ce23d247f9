import { Modal, Skeleton } from '@mantine/core'
import { useMediaAssetQuery } from '../../generated/hooks.ts'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import classes from './PhotoViewer.module.css'

function LargePhoto({ id, name }: { id: string; name: string }) {
  const [{ data, error }, refetch] = useMediaAssetQuery({ variables: { id }, requestPolicy: 'cache-and-network' })
  const asset = data?.mediaAsset
  const url = asset?.large ?? asset?.medium
  if (url) return <img className={classes.photo} src={url} alt={name} />
  if (error) {
    return <ErrorMessage subject="The photo" error={error} onRetry={() => refetch({ requestPolicy: 'network-only' })} />
  }
  return <Skeleton h={360} />
}

type PhotoViewerProps = { id: string; name: string; opened: boolean; onClose: () => void }

/** A photo at full size in a dialog. */
export function PhotoViewer({ id, name, opened, onClose }: PhotoViewerProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={name} size="xl" closeButtonProps={{ 'aria-label': 'Close' }}>
      {opened && <LargePhoto id={id} name={name} />}
    </Modal>
  )
}
