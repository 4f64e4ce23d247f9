import { Alert, Button, Group, Modal, Stack } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { CopyField } from './CopyField.tsx'

type SecretDialogProps = {
  title: string
  /** What the secret is called, e.g. "API key". */
  label: string
  /** Null keeps the dialog closed. */
  secret: string | null
  /** What to do with it. */
  children?: ReactNode
  onClose: () => void
}

/** Shows a secret the only time it can be seen. A press beside the dialog does not lose it. */
export function SecretDialog({ title, label, secret, children, onClose }: SecretDialogProps) {
  return (
    <Modal
      opened={secret !== null}
      onClose={onClose}
      title={title}
      size="lg"
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle aria-hidden="true" />}>
          Copy it now: it is shown only this once and cannot be looked up again.
        </Alert>
        <CopyField label={label} value={secret ?? ''} />
        {children}
        <Group justify="flex-end">
          <Button onClick={onClose}>I have copied it</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
