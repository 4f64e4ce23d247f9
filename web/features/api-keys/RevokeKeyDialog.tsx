import { Alert, Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import { useIssuedByApiKeyQuery } from '../../generated/hooks.ts'
import type { ApiKeyRowFragment } from '../../generated/operations.ts'

type RevokeKeyProps = {
  apiKey: ApiKeyRowFragment
  busy: boolean
  onConfirm: (keepIssued: boolean) => void
  onClose: () => void
}

function RevokeKey({ apiKey, busy, onConfirm, onClose }: RevokeKeyProps) {
  const [{ data, fetching }] = useIssuedByApiKeyQuery({
    variables: { id: apiKey.id },
    requestPolicy: 'network-only',
  })
  const [revokesIssued, setRevokesIssued] = useState(true)
  const issued = data?.apiKey?.issued
  const issuedNames = issued
    ? [
        ...issued.apiKeys.map(({ name }) => `the key “${name}”`),
        ...issued.invitations.map(({ email }) => `the invitation of ${email}`),
        ...issued.webhookEndpoints.map(({ url }) => `webhooks to ${url}`),
      ]
    : []
  const members = issued?.members ?? []
  return (
    <Stack>
      <Text size="sm">
        Programs that use this key are refused at once, and their open connections end within seconds. This cannot be
        undone.
      </Text>
      {issuedNames.length > 0 && (
        <Checkbox
          checked={revokesIssued}
          onChange={(event) => setRevokesIssued(event.currentTarget.checked)}
          label="Also revoke what this key created"
          description={`${issuedNames.join(', ')}. Recommended if the key may have leaked.`}
        />
      )}
      {members.length > 0 && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle aria-hidden="true" />}>
          {members.map(({ name }) => name).join(', ')} joined through its invitations and keep their access. Remove
          anyone you do not know in Team.
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button color="red.8" loading={busy || (fetching && !data)} onClick={() => onConfirm(!revokesIssued)}>
          Revoke key
        </Button>
      </Group>
    </Stack>
  )
}

/** Asks for confirmation before a key is revoked, and lists what it created. `apiKey` null closes the dialog. */
export function RevokeKeyDialog({
  apiKey,
  ...props
}: Omit<RevokeKeyProps, 'apiKey'> & { apiKey: ApiKeyRowFragment | null }) {
  return (
    <Modal
      opened={apiKey !== null}
      onClose={props.onClose}
      title={apiKey ? `Revoke “${apiKey.name}”?` : ''}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {apiKey && <RevokeKey key={apiKey.id} apiKey={apiKey} {...props} />}
    </Modal>
  )
}
