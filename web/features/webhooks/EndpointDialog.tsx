import { Alert, Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { useState } from 'react'
import type { EventType as EventName, WebhookEndpointRowFragment } from '../../generated/operations.ts'
import { EventTypesField } from './EventTypesField.tsx'
import { useWebhookActions } from './use-webhook-actions.ts'

type EndpointDialogProps = {
  opened: boolean
  /** The endpoint to change; without one a new one is made. */
  endpoint?: WebhookEndpointRowFragment
  /** Told the secret of a new endpoint. */
  onCreated?: (secret: string | null) => void
  onClose: () => void
}

function EndpointForm({ endpoint, onCreated, onClose }: EndpointDialogProps) {
  const { create, update } = useWebhookActions()
  const [url, setUrl] = useState(endpoint?.url ?? '')
  const [description, setDescription] = useState(endpoint?.description ?? '')
  const [types, setTypes] = useState<EventName[] | null>(
    endpoint && endpoint.eventTypes.length > 0 ? endpoint.eventTypes : null,
  )
  const [problems, setProblems] = useState<Record<string, string>>({})
  const [saving, setSaving] = useState(false)

  /** What was wrong with a field is no longer, once it is being changed. */
  const forget = (field: string) => setProblems(({ [field]: _mended, ...others }) => others)
  const save = async () => {
    if (types?.length === 0) return setProblems({ eventTypes: 'Choose at least one event, or everything.' })
    setSaving(true)
    const wanted = { url: url.trim(), description, eventTypes: types ?? [] }
    const outcome = endpoint ? await update({ endpointId: endpoint.id, ...wanted }) : await create(wanted)
    setSaving(false)
    if ('problems' in outcome) return setProblems(outcome.problems)
    onClose()
    if ('secret' in outcome.done) onCreated?.(outcome.done.secret)
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Stack>
        {problems[''] && (
          <Alert color="red" variant="outline" icon={<IconAlertCircle size={18} />} role="alert">
            {problems['']}
          </Alert>
        )}
        <TextInput
          label="Address"
          description="Where events are posted to. It must be public and answer within 15 seconds."
          placeholder="https://example.com/webhooks"
          type="url"
          required
          data-autofocus
          value={url}
          error={problems['url']}
          onChange={(event) => {
            setUrl(event.currentTarget.value)
            forget('url')
          }}
        />
        <TextInput
          label="Note"
          description="For yourself, e.g. which system listens there."
          maxLength={200}
          value={description}
          error={problems['description']}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <EventTypesField
          value={types}
          error={problems['eventTypes']}
          onChange={(chosen) => {
            setTypes(chosen)
            forget('eventTypes')
          }}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={saving}>
            {endpoint ? 'Save' : 'Add the endpoint'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

export function EndpointDialog(props: EndpointDialogProps) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      size="lg"
      title={props.endpoint ? 'Change the endpoint' : 'Add a webhook endpoint'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {props.opened && <EndpointForm {...props} />}
    </Modal>
  )
}
