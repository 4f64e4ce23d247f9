import { Button, Group, Modal, Radio, Stack } from '@mantine/core'
import { useState } from 'react'

type EnableEndpointDialogProps = {
  opened: boolean
  busy: boolean
  onConfirm: (catchUp: boolean) => void
  onClose: () => void
}

/** Asks whether an enabled endpoint also receives the events that it missed. */
export function EnableEndpointDialog({ opened, busy, onConfirm, onClose }: EnableEndpointDialogProps) {
  const [start, setStart] = useState('missed')
  return (
    <Modal opened={opened} onClose={onClose} title="Enable the endpoint?" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        <Radio.Group label="Send" value={start} onChange={setStart}>
          <Stack gap="xs" mt="xs">
            <Radio value="missed" label="Missed and new events" description="As far back as the event log reaches" />
            <Radio value="now" label="Only new events" />
          </Stack>
        </Radio.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={busy} onClick={() => onConfirm(start === 'missed')}>
            Enable
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
