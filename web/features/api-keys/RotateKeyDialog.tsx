import { Alert, Button, Group, Modal, Radio, Stack, Text } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { useState } from 'react'
import type { ApiKeyRowFragment } from '../../generated/operations.ts'
import { useDates } from '../../session/use-dates.ts'
import { OVERLAPS } from './expiry.ts'
import { isRefused, useKeyActions, type IssuedKey } from './use-key-actions.ts'

type RotateKeyProps = { apiKey: ApiKeyRowFragment; onIssued: (key: IssuedKey) => void; onClose: () => void }

function RotateKey({ apiKey, onIssued, onClose }: RotateKeyProps) {
  const dates = useDates()
  const { rotate } = useKeyActions()
  const [overlap, setOverlap] = useState('24')
  const [refusal, setRefusal] = useState<string | null>(null)
  const [sending, setSending] = useState(false)
  const submit = async () => {
    setSending(true)
    setRefusal(null)
    const outcome = await rotate(apiKey.id, Number(overlap))
    setSending(false)
    if (isRefused(outcome)) setRefusal(outcome.refusal)
    else onIssued(outcome)
  }
  return (
    <Stack>
      {refusal && (
        <Alert color="red" variant="outline" icon={<IconAlertCircle size={18} />} role="alert">
          {refusal}
        </Alert>
      )}
      <Text size="sm">
        <strong>{apiKey.name}</strong> gets a new secret. Its name, scopes and expiry stay the same.
      </Text>
      {apiKey.previousSecretExpiresAt && (
        <Text size="sm">
          An earlier secret works until {dates.moment(apiKey.previousSecretExpiresAt)}. Rotating stops it now.
        </Text>
      )}
      <Radio.Group value={overlap} onChange={setOverlap} label="How long the current secret stays valid">
        <Stack gap="xs" mt="xs">
          {OVERLAPS.map(({ value, label, description }) => (
            <Radio key={value} value={value} label={label} description={description} />
          ))}
        </Stack>
      </Radio.Group>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={sending} onClick={() => void submit()}>
          Rotate key
        </Button>
      </Group>
    </Stack>
  )
}

export function RotateKeyDialog({
  apiKey,
  ...props
}: Omit<RotateKeyProps, 'apiKey'> & { apiKey: ApiKeyRowFragment | null }) {
  return (
    <Modal
      opened={apiKey !== null}
      onClose={props.onClose}
      title="Rotate the key"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {apiKey && <RotateKey key={apiKey.id} apiKey={apiKey} {...props} />}
    </Modal>
  )
}
