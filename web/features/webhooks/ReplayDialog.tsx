import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { problemText, useWebhookActions } from './use-webhook-actions.ts'

type ReplayDialogProps = {
  opened: boolean
  endpointId: string
  /** The cursor to replay from, when it is already known. */
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
          Events after this cursor are sent again, up to the latest 10,000. Each event keeps its id, so a receiver that
          remembers ids can ignore duplicates.
        </Text>
        <TextInput
          label="Start after cursor"
          description="The `cursor` in the body of the last webhook that was received"
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
            Replay
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Asks for the cursor from which an endpoint receives events again. */
export function ReplayDialog(props: ReplayDialogProps) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title="Replay events"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {props.opened && <ReplayForm {...props} />}
    </Modal>
  )
}
