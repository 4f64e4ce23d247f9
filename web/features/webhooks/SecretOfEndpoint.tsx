import { Text } from '@mantine/core'
import { SecretDialog } from '../../ui/SecretDialog.tsx'

/** Shows the secret of an endpoint the only time it can be seen. */
export function SecretOfEndpoint({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  return (
    <SecretDialog title="The secret of the endpoint" label="Secret" secret={secret} onClose={onClose}>
      <Text size="sm">
        Every webhook is signed with it, by the rules of Standard Webhooks. Whoever runs the endpoint verifies the
        signature with it and so knows that the webhook is ours.
      </Text>
    </SecretDialog>
  )
}
