import { Text } from '@mantine/core'
import { SecretDialog } from '../../ui/SecretDialog.tsx'

/** Shows the secret of an endpoint, which is visible only once. */
export function SecretOfEndpoint({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  return (
    <SecretDialog title="Endpoint secret" label="Secret" secret={secret} onClose={onClose}>
      <Text size="sm">
        Every webhook is signed with this secret, as Standard Webhooks specifies. The receiver verifies the signature
        with it.
      </Text>
    </SecretDialog>
  )
}
