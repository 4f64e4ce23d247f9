import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { problemText, useWebhookActions } from './use-webhook-actions.ts'

type ReplayDialogProps = {
  opened: boolean
  endpointId: string
  /** Where to begin, when it is known already. */
  after?: string
  onClose: () => void
}

function ReplayForm({ endpointId, after = '', onClose }: ReplayDialogProps) {
  const { replay } = useWebhookActions()
  const [cursor, setCursor] = useState(after)
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    const outcome = await replay(endpointId, cursor.trim())
    setBusy(false)
    if ('problems' in outcome) setProblem(problemText(outcome))
    else onClose()
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (cursor.trim()) void run()
        else setProblem('Enter the cursor of the last event that was received.')
      }}
    >
      <Stack>
        <Text size="sm">
          Everything that happened after the cursor is sent again, at most 10,000 events back. Each event keeps its id,
          so a receiver that remembers ids drops what it knows already.
        </Text>
        <TextInput
          label="Begin after this cursor"
          description="The `cursor` in the body of the last webhook that was received."
          value={cursor}
          error={problem}
          data-autofocus
          onChange={(event) => setCursor(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Send again
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Asks from where on an endpoint is to be told again. */
export function ReplayDialog(props: ReplayDialogProps) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title="Send events again"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {props.opened && <ReplayForm {...props} />}
    </Modal>
  )
}
