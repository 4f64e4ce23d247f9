import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useState } from 'react'

type RefuseDialogProps = { opened: boolean; onConfirm: (reason: string) => void; onClose: () => void }

/** The API's limit, in characters. */
const MAX_REASON_LENGTH = 300

function RefuseForm({ onConfirm, onClose }: Omit<RefuseDialogProps, 'opened'>) {
  const [reason, setReason] = useState('')
  const [missing, setMissing] = useState(false)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (reason.trim()) onConfirm(reason.trim())
        else setMissing(true)
      }}
    >
      <Stack>
        <Text size="sm">The customer receives your reason at once and can send another photo.</Text>
        <Textarea
          label="Reason"
          placeholder="e.g. The amount cannot be read"
          data-autofocus
          autosize
          minRows={2}
          maxRows={6}
          maxLength={MAX_REASON_LENGTH}
          value={reason}
          error={missing && !reason.trim() ? 'Enter a reason, so that the customer knows what to send' : null}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red.8">
            Reject proof
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

export function RefuseDialog({ opened, ...rest }: RefuseDialogProps) {
  return (
    <Modal
      opened={opened}
      onClose={rest.onClose}
      title="Reject this proof of payment?"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {opened && <RefuseForm {...rest} />}
    </Modal>
  )
}
