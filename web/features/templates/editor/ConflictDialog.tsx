import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import type { TemplateDetailFragment } from '../../../generated/operations.ts'
import { useDates } from '../../../session/use-dates.ts'

type ConflictDialogProps = {
  /** The version that someone else has saved meanwhile; null closes the dialog. */
  theirs: TemplateDetailFragment | null
  onUseTheirs: () => void
  onOverwrite: () => void
  onClose: () => void
}

/** When two people edit the same template, the second one chooses which version to keep. */
export function ConflictDialog({ theirs, onUseTheirs, onOverwrite, onClose }: ConflictDialogProps) {
  const dates = useDates()
  return (
    <Modal
      opened={theirs !== null}
      onClose={onClose}
      title="Someone else changed this template"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {theirs && (
        <Stack>
          <Text size="sm">
            Version {theirs.version} was saved at {dates.moment(theirs.updatedAt)}. Your changes are not saved yet.
            Their version stays in the list of versions if you overwrite it; your changes are lost if you use theirs.
          </Text>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onUseTheirs}>
              Use their version
            </Button>
            <Button onClick={onOverwrite}>Overwrite with mine</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}
