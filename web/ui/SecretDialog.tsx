import { Alert, Button, Group, Modal, Stack } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { CopyField } from './CopyField.tsx'

type SecretDialogProps = {
  title: string
  /** The label of the secret, e.g. "API key". */
  label: string
  /** Null keeps the dialog closed. */
  secret: string | null
  /** Instructions below the secret. */
  children?: ReactNode
  onClose: () => void
}

/** Shows a secret once. Only its button closes the dialog, so that a stray click does not lose the secret. */
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
          Copy it now. For security it is shown only once.
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
