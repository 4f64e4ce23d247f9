import { Button, Group, Modal, Radio, Stack } from '@mantine/core'
import { useState } from 'react'

type SwitchOnDialogProps = {
  opened: boolean
  busy: boolean
  onConfirm: (catchUp: boolean) => void
  onClose: () => void
}

/** Asks whether an endpoint also receives the events it missed while it was off. */
export function SwitchOnDialog({ opened, busy, onConfirm, onClose }: SwitchOnDialogProps) {
  const [begin, setBegin] = useState('missed')
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Switch the endpoint on?"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <Radio.Group label="Send" value={begin} onChange={setBegin}>
          <Stack gap="xs" mt="xs">
            <Radio value="missed" label="Missed events and new ones" description="As far back as events are kept" />
            <Radio value="now" label="Only new events" />
          </Stack>
        </Radio.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={busy} onClick={() => onConfirm(begin === 'missed')}>
            Switch on
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
