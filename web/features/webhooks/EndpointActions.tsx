import { Button, Group, Text } from '@mantine/core'
import {
  IconKey,
  IconPencil,
  IconPlayerPlay,
  IconPlayerStop,
  IconRotateClockwise,
  IconSend,
  IconTrash,
} from '@tabler/icons-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { WebhookEndpointRowFragment } from '../../generated/operations.ts'
import { paths } from '../../paths.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { showProblem, showToast } from '../../ui/toasts.tsx'
import { useCan } from '../../session/viewer.ts'
import { EndpointDialog } from './EndpointDialog.tsx'
import { ReplayDialog } from './ReplayDialog.tsx'
import { SecretOfEndpoint } from './SecretOfEndpoint.tsx'
import { EnableEndpointDialog } from './EnableEndpointDialog.tsx'
import { problemText, useWebhookActions, type Outcome } from './use-webhook-actions.ts'

type Dialog = 'edit' | 'replay' | 'rotate' | 'remove' | 'disable' | 'enable' | null

/** The actions on an endpoint, for members who may change webhooks. */
export function EndpointActions({ endpoint }: { endpoint: WebhookEndpointRowFragment }) {
  const canWrite = useCan()('webhooks:write')
  const actions = useWebhookActions()
  const [, navigate] = useLocation()
  const [dialog, setDialog] = useState<Dialog>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  if (!canWrite) return null

  const { id, status } = endpoint
  const isEnabled = status === 'ENABLED'
  // Members who may not see all of its events can only disable or remove it.
  const maySeeEvents = endpoint.missingPermissions.length === 0
  const close = () => setDialog(null)
  const run = async <Done,>(work: Promise<Outcome<Done>>, refused: string, then: (done: Done) => void = () => {}) => {
    setBusy(true)
    const outcome = await work
    setBusy(false)
    close()
    if ('problems' in outcome) showProblem(refused, problemText(outcome))
    else then(outcome.done)
  }
  const sent = () =>
    showToast({
      id: `test-${id}`,
      title: 'Test event sent',
      message: 'Its delivery is the first one in the log below.',
      spoken: 'Test event sent.',
      icon: <IconSend size={18} aria-hidden="true" />,
    })

  return (
    <>
      <Group gap="xs">
        <Button
          leftSection={<IconSend size={16} aria-hidden="true" />}
          disabled={!isEnabled || !maySeeEvents}
          loading={busy && dialog === null}
          onClick={() => void run(actions.test(id), 'The test event was not sent', sent)}
        >
          Send test event
        </Button>
        <Button
          variant="default"
          leftSection={<IconRotateClockwise size={16} aria-hidden="true" />}
          disabled={!isEnabled || !maySeeEvents}
          onClick={() => setDialog('replay')}
        >
          Replay
        </Button>
        <Button
          variant="default"
          leftSection={<IconPencil size={16} aria-hidden="true" />}
          disabled={!maySeeEvents}
          onClick={() => setDialog('edit')}
        >
          Edit
        </Button>
        <Button
          variant="default"
          leftSection={<IconKey size={16} aria-hidden="true" />}
          disabled={!maySeeEvents}
          onClick={() => setDialog('rotate')}
        >
          Rotate secret
        </Button>
        {isEnabled ? (
          <Button
            variant="default"
            leftSection={<IconPlayerStop size={16} aria-hidden="true" />}
            onClick={() => setDialog('disable')}
          >
            Disable
          </Button>
        ) : (
          <Button
            variant="default"
            leftSection={<IconPlayerPlay size={16} aria-hidden="true" />}
            disabled={!maySeeEvents}
            onClick={() => setDialog('enable')}
          >
            Enable
          </Button>
        )}
        <Button
          variant="default"
          leftSection={<IconTrash size={16} aria-hidden="true" />}
          onClick={() => setDialog('remove')}
        >
          Remove
        </Button>
      </Group>
      {!maySeeEvents && (
        <Text size="sm">
          This endpoint receives events that your role may not see ({endpoint.missingPermissions.join(', ')}). You can
          disable or remove it.
        </Text>
      )}
      <EndpointDialog opened={dialog === 'edit'} endpoint={endpoint} onClose={close} />
      <ReplayDialog opened={dialog === 'replay'} endpointId={id} onClose={close} />
      <SecretOfEndpoint secret={secret} onClose={() => setSecret(null)} />
      <ConfirmDialog
        opened={dialog === 'rotate'}
        title="Rotate the secret?"
        confirmLabel="Rotate"
        busy={busy}
        onClose={close}
        onConfirm={() => void run(actions.rotate(id), 'The secret was not rotated', (made) => setSecret(made.secret))}
      >
        For 24 hours webhooks are signed with both secrets, so that the receiver can switch to the new one. Then the old
        secret stops working.
      </ConfirmDialog>
      <ConfirmDialog
        opened={dialog === 'disable'}
        title="Disable the endpoint?"
        confirmLabel="Disable"
        busy={busy}
        onClose={close}
        onConfirm={() => void run(actions.update({ endpointId: id, enabled: false }), 'The endpoint was not disabled')}
      >
        Pending deliveries are cancelled and no more events are sent. You can enable it again.
      </ConfirmDialog>
      <EnableEndpointDialog
        opened={dialog === 'enable'}
        busy={busy}
        onClose={close}
        onConfirm={(catchUp) =>
          void run(actions.update({ endpointId: id, enabled: true, catchUp }), 'The endpoint was not enabled')
        }
      />
      <ConfirmDialog
        opened={dialog === 'remove'}
        title="Remove the endpoint?"
        confirmLabel="Remove"
        busy={busy}
        onClose={close}
        onConfirm={() => void run(actions.remove(id), 'The endpoint was not removed', () => navigate(paths.webhooks()))}
      >
        No more events are sent to {endpoint.url}, and its delivery log is deleted. This cannot be undone.
      </ConfirmDialog>
    </>
  )
}
