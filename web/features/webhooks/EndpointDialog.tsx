import { Alert, Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { useState } from 'react'
import type { EventType as EventName, WebhookEndpointRowFragment } from '../../generated/operations.ts'
import { EventTypesField } from './EventTypesField.tsx'
import { useWebhookActions } from './use-webhook-actions.ts'

type EndpointDialogProps = {
  opened: boolean
  /** The endpoint to edit; without one the dialog adds a new one. */
  endpoint?: WebhookEndpointRowFragment
  /** Receives the secret of the new endpoint. */
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

  /** Clears a field's error as soon as the field is edited. */
  const clearProblem = (field: string) => setProblems(({ [field]: _cleared, ...others }) => others)
  const save = async () => {
    if (types?.length === 0) return setProblems({ eventTypes: 'Choose at least one event, or all events.' })
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
          label="URL"
          description="We send events here as POST requests. It must be public and respond within 15 seconds."
          placeholder="https://example.com/webhooks"
          type="url"
          required
          data-autofocus
          value={url}
          error={problems['url']}
          onChange={(event) => {
            setUrl(event.currentTarget.value)
            clearProblem('url')
          }}
        />
        <TextInput
          label="Description"
          description="Optional, e.g. the system behind this URL."
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
            clearProblem('eventTypes')
          }}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={saving}>
            {endpoint ? 'Save' : 'Add endpoint'}
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
      title={props.endpoint ? 'Edit the endpoint' : 'Add a webhook endpoint'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {props.opened && <EndpointForm {...props} />}
    </Modal>
  )
}
