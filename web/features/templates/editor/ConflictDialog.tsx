import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import type { TemplateDetailFragment } from '../../../generated/operations.ts'
import { useDates } from '../../../session/use-dates.ts'

type ConflictDialogProps = {
  /** As it was saved by somebody else meanwhile; null closes the dialog. */
  theirs: TemplateDetailFragment | null
  onTakeTheirs: () => void
  onOverwrite: () => void
  onClose: () => void
}

/** Two people changed one template: nobody's work is thrown away unasked. */
export function ConflictDialog({ theirs, onTakeTheirs, onOverwrite, onClose }: ConflictDialogProps) {
  const dates = useDates()
  return (
    <Modal
      opened={theirs !== null}
      onClose={onClose}
      title="Somebody else changed this template"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {theirs && (
        <Stack>
          <Text size="sm">
            It is at version {theirs.version} since {dates.moment(theirs.updatedAt)}. Your changes are not saved yet.
            Whichever you keep, the other stays in the list of versions or in this editor until you leave it.
          </Text>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onTakeTheirs}>
              Take theirs
            </Button>
            <Button onClick={onOverwrite}>Save mine over it</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}
