import { Alert, Button, CopyButton, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core'
import { isEmail, useForm } from '@mantine/form'
import { IconAlertCircle, IconCheck, IconCopy } from '@tabler/icons-react'
import { useState } from 'react'
import type { StaffRole } from '../../generated/operations.ts'
import { ROLES, roleLabel } from '../../session/roles.ts'
import { useDates } from '../../session/use-dates.ts'
import { useTeamActions } from './use-team-actions.ts'

type Invited = Exclude<Awaited<ReturnType<ReturnType<typeof useTeamActions>['invite']>>, string>

type InviteFormProps = { roles: readonly StaffRole[]; onInvited: (invited: Invited) => void; onClose: () => void }

function InviteForm({ roles, onInvited, onClose }: InviteFormProps) {
  const { invite } = useTeamActions()
  const [refusal, setRefusal] = useState<string | null>(null)
  const [sending, setSending] = useState(false)
  const form = useForm<{ email: string; role: StaffRole }>({
    mode: 'uncontrolled',
    initialValues: { email: '', role: roles.includes('AGENT') ? 'AGENT' : (roles.at(-1) ?? 'VIEWER') },
    validate: { email: isEmail('Enter an email address') },
  })
  const submit = form.onSubmit(async ({ email, role }) => {
    setSending(true)
    setRefusal(null)
    const outcome = await invite(email.trim(), role)
    setSending(false)
    if (typeof outcome === 'string') setRefusal(outcome)
    else onInvited(outcome)
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
          {...form.getInputProps('email')}
          key={form.key('email')}
          label="Email"
          description="They sign in with this address. We do not send an email: you get a link to send them."
          type="email"
          autoComplete="off"
          data-autofocus
        />
        <Radio.Group {...form.getInputProps('role')} key={form.key('role')} label="Role">
          <Stack gap="xs" mt="xs">
            {ROLES.filter(({ value }) => roles.includes(value)).map(({ value, label, description }) => (
              <Radio key={value} value={value} label={label} description={description} />
            ))}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={sending}>
            Create invitation link
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function InvitationLink({ invited, onClose }: { invited: Invited; onClose: () => void }) {
  const dates = useDates()
  const { invitation, link } = invited
  return (
    <Stack>
      <Text size="sm">
        Send this link to <strong>{invitation.email}</strong>, who joins as {roleLabel(invitation.role)}. It is shown
        only once and works once, until {dates.full(invitation.expiresAt)}.
      </Text>
      <TextInput label="Link" value={link} readOnly onFocus={(event) => event.currentTarget.select()} data-autofocus />
      <Group justify="flex-end" gap="sm">
        <CopyButton value={link} timeout={3_000}>
          {({ copied, copy }) => (
            <Button
              variant={copied ? 'light' : 'filled'}
              leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
              onClick={copy}
              aria-live="polite"
            >
              {copied ? 'Copied' : 'Copy the link'}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={onClose}>
          Done
        </Button>
      </Group>
    </Stack>
  )
}

type InviteDialogProps = {
  opened: boolean
  /** The roles that the member may invite, from the server. */
  roles: readonly StaffRole[]
  onClose: () => void
}

export function InviteDialog({ opened, roles, onClose }: InviteDialogProps) {
  const [invited, setInvited] = useState<Invited | null>(null)
  const close = () => {
    setInvited(null)
    onClose()
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      // The link is shown only once, so a click outside must not close the dialog.
      closeOnClickOutside={!invited}
      title={invited ? 'The invitation is ready' : 'Invite someone'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {invited ? (
        <InvitationLink invited={invited} onClose={close} />
      ) : (
        <InviteForm roles={roles} onInvited={setInvited} onClose={close} />
      )}
    </Modal>
  )
}
