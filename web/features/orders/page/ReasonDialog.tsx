import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { OrderAction } from '../../../generated/operations.ts'
import { ORDER_ACTIONS } from '../order-actions.ts'

type ReasonDialogProps = {
  /** Null closes the dialog. */
  action: OrderAction | null
  onConfirm: (reason: string) => void
  onClose: () => void
}

/** The API's limit, in characters. */
const MAX_REASON_LENGTH = 300

function ReasonForm({ action, onConfirm, onClose }: ReasonDialogProps & { action: OrderAction }) {
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
        <Text size="sm">The customer receives your reason at once. The items go back into stock.</Text>
        <Textarea
          label="Reason"
          placeholder="e.g. The kitchen closes early today"
          data-autofocus
          autosize
          minRows={2}
          maxRows={6}
          maxLength={MAX_REASON_LENGTH}
          value={reason}
          error={missing && !reason.trim() ? 'Enter a reason for the customer' : null}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Keep the order
          </Button>
          <Button type="submit" color="red.8">
            {ORDER_ACTIONS[action].label}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

export function ReasonDialog({ action, onConfirm, onClose }: ReasonDialogProps) {
  return (
    <Modal
      opened={action !== null}
      onClose={onClose}
      title={action ? ORDER_ACTIONS[action].question : ''}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {action && <ReasonForm key={action} action={action} onConfirm={onConfirm} onClose={onClose} />}
    </Modal>
  )
}
