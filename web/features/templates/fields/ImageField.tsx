import { Button, Group, Input } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMediaAssetQuery } from '../../../generated/hooks.ts'
import { MediaImage } from '../../media/MediaImage.tsx'
import { mediaName } from '../../media/media-status.ts'
import { MediaPicker } from '../../media/library/MediaPicker.tsx'
import classes from './ImageField.module.css'

type ImageFieldProps = {
  mediaId: string | null
  imageUrl: string | null
  readOnly: boolean
  error: string | null
  onChange: (mediaId: string | null) => void
}

/** The image of a template, from the library. */
export function ImageField({ mediaId, imageUrl, readOnly, error, onChange }: ImageFieldProps) {
  const [opened, { open, close }] = useDisclosure()
  const [{ data }] = useMediaAssetQuery({ variables: { id: mediaId ?? '' }, pause: mediaId === null })
  const asset = mediaId === null ? null : (data?.mediaAsset ?? null)
  const url = asset?.medium ?? imageUrl
  return (
    <Input.Wrapper label="Image" error={error} labelElement="div">
      <Group gap="sm" wrap="nowrap" mt={4}>
        <div className={classes.frame}>
          <MediaImage url={url} placeholder={asset?.placeholder ?? null} alt={asset ? mediaName(asset) : ''} />
        </div>
        <div className={classes.about}>
          <p className={classes.name}>
            {asset ? mediaName(asset) : imageUrl ? 'From another website' : 'No image chosen yet'}
          </p>
          {imageUrl && <p className={classes.url}>{imageUrl}</p>}
          {!readOnly && (
            <Button size="compact-sm" variant="default" onClick={open}>
              {url ? 'Change image' : 'Choose an image'}
            </Button>
          )}
        </div>
      </Group>
      <MediaPicker
        opened={opened}
        title="Image of the template"
        current={mediaId}
        onPick={({ id }) => {
          onChange(id)
          close()
        }}
        onClose={close}
      />
    </Input.Wrapper>
  )
}
