import { Alert, Button, Group, Modal, NativeSelect, Skeleton, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconAlertCircle } from '@tabler/icons-react'
import { useState } from 'react'
import { useApiKeyScopesQuery } from '../../generated/hooks.ts'
import { issueAt, issuesElsewhere, type Issue } from '../../graphql/issues.ts'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { expiryDate, EXPIRIES, type Expiry } from './expiry.ts'
import type { Scope } from './scope-groups.ts'
import { ScopePicker } from './ScopePicker.tsx'
import { isRefused, useKeyActions, type IssuedKey } from './use-key-actions.ts'

type CreateKeyDialogProps = { opened: boolean; onIssued: (key: IssuedKey) => void; onClose: () => void }
type Values = { name: string; expiry: Expiry; scopes: string[] }

const FIELDS = ['name', 'scopes', 'expiresAt']

function CreateKeyForm({
  scopes,
  onIssued,
  onClose,
}: { scopes: readonly Scope[] } & Omit<CreateKeyDialogProps, 'opened'>) {
  const { create } = useKeyActions()
  const [refusal, setRefusal] = useState<string | null>(null)
  const [issues, setIssues] = useState<readonly Issue[]>([])
  const [sending, setSending] = useState(false)
  const form = useForm<Values>({
    initialValues: { name: '', expiry: '90', scopes: [] },
    validate: {
      name: (name) => (name.trim() ? null : 'Enter a name'),
      scopes: (chosen) => (chosen.length > 0 ? null : 'Choose at least one scope'),
    },
  })
  const submit = form.onSubmit(async ({ name, expiry, scopes: chosen }) => {
    setSending(true)
    setRefusal(null)
    const outcome = await create({ name: name.trim(), scopes: chosen, expiresAt: expiryDate(expiry) })
    setSending(false)
    if (!isRefused(outcome)) return onIssued(outcome)
    setIssues(outcome.issues)
    const elsewhere = issuesElsewhere(outcome.issues, (path) => FIELDS.some((field) => path.startsWith(field)))
    if (outcome.issues.length === 0 || elsewhere.length > 0) setRefusal(outcome.refusal)
  })
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {refusal && (
          <Alert color="red" variant="outline" icon={<IconAlertCircle size={18} />} role="alert">
            {refusal}
          </Alert>
        )}
        <TextInput
          {...form.getInputProps('name')}
          error={form.errors.name ?? issueAt(issues, 'name')}
          label="Name"
          description="The program that will use the key. Create a separate key for each program."
          placeholder="e.g. Stock display"
          maxLength={80}
          autoComplete="off"
          data-autofocus
        />
        <NativeSelect
          {...form.getInputProps('expiry')}
          error={issueAt(issues, 'expiresAt')}
          label="Expires"
          data={EXPIRIES.map(({ value, label }) => ({ value, label }))}
        />
        <ScopePicker
          scopes={scopes}
          value={form.values.scopes}
          error={form.errors.scopes ? String(form.errors.scopes) : issueAt(issues, 'scopes')}
          onChange={(chosen) => form.setFieldValue('scopes', chosen)}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={sending}>
            Create key
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function CreateKey(props: Omit<CreateKeyDialogProps, 'opened'>) {
  const [{ data, error, fetching }, refetch] = useApiKeyScopesQuery()
  if (data) return <CreateKeyForm scopes={data.apiKeyScopes} {...props} />
  if (!error) return <Skeleton h={320} role="status" aria-label="Loading the scopes" />
  const retry = () => refetch({ requestPolicy: 'network-only' })
  return <ErrorMessage subject="The scopes" error={error} retrying={fetching} onRetry={retry} />
}

export function CreateKeyDialog({ opened, ...props }: CreateKeyDialogProps) {
  return (
    <Modal
      opened={opened}
      onClose={props.onClose}
      title="Create an API key"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {opened && <CreateKey {...props} />}
    </Modal>
  )
}
