import { Button, Group, Modal, Stack, Title } from '@mantine/core'
import { IconRefresh, IconRotateClockwise } from '@tabler/icons-react'
import { useState } from 'react'
import { useWebhookDeliveryQuery } from '../../generated/hooks.ts'
import type { WebhookDeliveryQuery, WebhookEndpointRowFragment } from '../../generated/operations.ts'
import { CopyField } from '../../ui/CopyField.tsx'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../ui/ListSkeleton.tsx'
import { Pill } from '../../ui/Pill.tsx'
import { showProblem } from '../../ui/toasts.tsx'
import { usePoll } from '../../ui/use-poll.ts'
import { useDates } from '../../session/use-dates.ts'
import { useCan } from '../../session/viewer.ts'
import { ReplayDialog } from './ReplayDialog.tsx'
import { problemText, useWebhookActions } from './use-webhook-actions.ts'
import { DELIVERY_STATUS } from './webhook-status.ts'
import classes from './Webhooks.module.css'

type Delivery = NonNullable<WebhookDeliveryQuery['webhookDelivery']>

function Attempt({ attempt }: { attempt: Delivery['attempts'][number] }) {
  const dates = useDates()
  const { number, startedAt, durationMs, statusCode, error, responseBody } = attempt
  return (
    <div className={classes.attempt}>
      <Group justify="space-between" gap="xs">
        <span>
          Attempt {number} · {dates.moment(startedAt)} · {durationMs} ms
        </span>
        <Pill tone={error ? 'bad' : 'good'}>{statusCode ?? 'No response'}</Pill>
      </Group>
      {error && <span className={classes.dim}>{error}</span>}
      {responseBody && (
        <pre className={classes.code} tabIndex={0} aria-label={`Response to attempt ${number}`}>
          {responseBody}
        </pre>
      )}
    </div>
  )
}

function Actions({ delivery, endpoint }: { delivery: Delivery; endpoint: WebhookEndpointRowFragment }) {
  const canWrite = useCan()('webhooks:write')
  const { redeliver } = useWebhookActions()
  const [busy, setBusy] = useState(false)
  const [replaying, setReplaying] = useState(false)
  if (!canWrite || endpoint.status !== 'ENABLED' || endpoint.missingPermissions.length > 0) return null
  const redeliverEvent = async () => {
    setBusy(true)
    const outcome = await redeliver(delivery.id)
    setBusy(false)
    if ('problems' in outcome) showProblem('The event was not redelivered', problemText(outcome))
  }
  return (
    <Group gap="xs">
      <Button
        leftSection={<IconRefresh size={16} aria-hidden="true" />}
        loading={busy}
        onClick={() => void redeliverEvent()}
      >
        Redeliver
      </Button>
      {delivery.cursor && (
        <Button
          variant="default"
          leftSection={<IconRotateClockwise size={16} aria-hidden="true" />}
          onClick={() => setReplaying(true)}
        >
          Replay later events
        </Button>
      )}
      <ReplayDialog
        opened={replaying}
        endpointId={endpoint.id}
        {...(delivery.cursor ? { after: delivery.cursor } : {})}
        onClose={() => setReplaying(false)}
      />
    </Group>
  )
}

function Details({ id, endpoint }: { id: string; endpoint: WebhookEndpointRowFragment }) {
  const dates = useDates()
  const [{ data, error, fetching }, refetch] = useWebhookDeliveryQuery({
    variables: { id },
    requestPolicy: 'cache-and-network',
  })
  usePoll(refetch)
  const delivery = data?.webhookDelivery
  if (!delivery && error)
    return (
      <ErrorMessage
        subject="The delivery"
        error={error}
        retrying={fetching}
        onRetry={() => refetch({ requestPolicy: 'network-only' })}
      />
    )
  if (!delivery) return <ListSkeleton items="the delivery" rows={3} />
  const { label, tone } = DELIVERY_STATUS[delivery.status]
  return (
    <Stack>
      <Group gap="sm">
        <Pill tone={tone}>{label}</Pill>
        <span className={classes.dim}>
          {delivery.nextAttemptAt
            ? `Next attempt ${dates.moment(delivery.nextAttemptAt)}`
            : delivery.finishedAt && `Since ${dates.full(delivery.finishedAt)}`}
        </span>
      </Group>
      <Actions delivery={delivery} endpoint={endpoint} />
      <CopyField label="webhook-id" value={delivery.id} />
      <div>
        <Title order={3} size="h5">
          Body
        </Title>
        <pre className={classes.code} tabIndex={0} aria-label="Body">
          {JSON.stringify(delivery.payload, null, 2)}
        </pre>
      </div>
      <div>
        <Title order={3} size="h5">
          Attempts
        </Title>
        {delivery.attempts.length === 0 && <span className={classes.dim}>None yet</span>}
        {delivery.attempts.toReversed().map((attempt) => (
          <Attempt key={attempt.number} attempt={attempt} />
        ))}
      </div>
    </Stack>
  )
}

/** One delivery with its body and every attempt. */
export function DeliveryDialog({
  id,
  endpoint,
  onClose,
}: {
  id: string | null
  endpoint: WebhookEndpointRowFragment
  onClose: () => void
}) {
  return (
    <Modal
      opened={id !== null}
      onClose={onClose}
      title="Delivery"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {id && <Details id={id} endpoint={endpoint} />}
    </Modal>
  )
}
