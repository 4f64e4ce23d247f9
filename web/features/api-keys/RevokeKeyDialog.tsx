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
  const [ends, setEnds] = useState(true)
  const issued = data?.apiKey?.issued
  const ending = issued
    ? [
        ...issued.apiKeys.map(({ name }) => `the key “${name}”`),
        ...issued.invitations.map(({ email }) => `the invitation of ${email}`),
        ...issued.webhookEndpoints.map(({ url }) => `webhooks to ${url}`),
      ]
    : []
  const members = issued?.members ?? []
  return (
    <Stack>
      <Text size="sm">Whatever uses it is refused at once and cut off within seconds. This cannot be undone.</Text>
      {ending.length > 0 && (
        <Checkbox
          checked={ends}
          onChange={(event) => setEnds(event.currentTarget.checked)}
          label="Also end what it handed on"
          description={`${ending.join(', ')}. Keep this if somebody else may have had the key.`}
        />
      )}
      {members.length > 0 && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle aria-hidden="true" />}>
          {members.map(({ name }) => name).join(', ')} joined by its invitations and stay. Remove whom you do not know
          in Team.
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button color="red.8" loading={busy || (fetching && !data)} onClick={() => onConfirm(!ends)}>
          Revoke the key
        </Button>
      </Group>
    </Stack>
  )
}

/** Asks once more before a key ends, and shows what it handed on. `apiKey` null closes it. */
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
