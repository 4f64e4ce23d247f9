import { Button, FileButton } from '@mantine/core'
import { IconPhotoUp } from '@tabler/icons-react'
import { useRef } from 'react'
import { ACCEPTED_TYPES } from './file-checks.ts'

type UploadButtonProps = { onFiles: (files: File[]) => void; variant?: 'filled' | 'default' }

export function UploadButton({ onFiles, variant = 'filled' }: UploadButtonProps) {
  const reset = useRef<() => void>(null)
  const take = (files: File[]) => {
    if (files.length > 0) onFiles(files)
    // Without a reset, choosing the same file again would fire no change event.
    reset.current?.()
  }
  return (
    <FileButton
      accept={ACCEPTED_TYPES}
      multiple
      onChange={take}
      resetRef={reset}
      inputProps={{ 'aria-label': 'Images to upload' }}
    >
      {(props) => (
        <Button {...props} variant={variant} leftSection={<IconPhotoUp size={18} aria-hidden="true" />}>
          Upload images
        </Button>
      )}
    </FileButton>
  )
}
