import { Alert, Button, Center, Loader, PasswordInput, Stack, TextInput } from '@mantine/core'
import { hasLength, useForm } from '@mantine/form'
import { IconAlertCircle, IconLinkOff } from '@tabler/icons-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useAcceptInvitationMutation, useInvitationQuery } from '../../generated/hooks.ts'
import type { InvitationQuery } from '../../generated/operations.ts'
import { errorSentence } from '../../graphql/errors.ts'
import { paths } from '../../paths.ts'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { Logo } from '../../ui/Logo.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { ROLES } from '../../session/roles.ts'
import { useRenewConnection } from '../../session/connection.ts'
import classes from '../../session/SignInPage.module.css'

type Invitation = NonNullable<InvitationQuery['invitation']>

const MIN_PASSWORD_LENGTH = 10

const CLOSED = {
  ACCEPTED: ['This invitation has been accepted', 'If it was you, sign in with your email and password.'],
  REVOKED: ['This invitation was revoked', 'Ask the owner of the shop for a new link.'],
  EXPIRED: ['This invitation has expired', 'Links work for 7 days. Ask the owner of the shop for a new one.'],
  UNKNOWN: [
    'This link is not valid',
    'Check that you copied the whole link, or ask the owner of the shop for a new one.',
  ],
} as const

function ClosedInvitation({ why }: { why: keyof typeof CLOSED }) {
  const [title, text] = CLOSED[why]
  return (
    <StateMessage
      asPage
      icon={IconLinkOff}
      title={title}
      action={
        <Button component={Link} href={paths.signIn()} variant="default">
          To the sign-in page
        </Button>
      }
    >
      {text}
    </StateMessage>
  )
}

function JoinForm({ token, invitation }: { token: string; invitation: Invitation }) {
  const [{ fetching }, accept] = useAcceptInvitationMutation()
  const [refusal, setRefusal] = useState<string | null>(null)
  const renewConnection = useRenewConnection()
  const [, navigate] = useLocation()
  const role = ROLES.find(({ value }) => value === invitation.role)
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', password: '' },
    validate: {
      name: (value) => (value.trim() ? null : 'Enter your name'),
      password: hasLength({ min: MIN_PASSWORD_LENGTH }, `Use at least ${MIN_PASSWORD_LENGTH} characters`),
    },
  })
  const submit = form.onSubmit(async ({ name, password }) => {
    setRefusal(null)
    const { data, error } = await accept({ input: { token, name, password } })
    if (error) return setRefusal(errorSentence(error))
    const outcome = data?.acceptInvitation
    if (outcome?.__typename === 'ValidationError') {
      for (const { path, message } of outcome.issues) form.setFieldError(path.replace(/^input\./, ''), message)
      return
    }
    if (outcome?.__typename !== 'Viewer') return setRefusal(outcome?.message ?? 'Something went wrong. Try again.')
    renewConnection()
    navigate(paths.home(), { replace: true })
  })
  return (
    <>
      <h1 className={classes.title}>Join {invitation.shopName}</h1>
      <p className={classes.text}>
        You are invited as {role?.label}: {role && role.description.charAt(0).toLowerCase() + role.description.slice(1)}
      </p>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {refusal && (
            <Alert color="red" variant="outline" icon={<IconAlertCircle size={18} />} role="alert">
              {refusal}
            </Alert>
          )}
          <TextInput label="Email" value={invitation.email} readOnly name="email" autoComplete="username" size="md" />
          <TextInput
            {...form.getInputProps('name')}
            key={form.key('name')}
            label="Your name"
            description="Visible to your team."
            name="name"
            autoComplete="name"
            maxLength={80}
            autoFocus
            size="md"
          />
          <PasswordInput
            {...form.getInputProps('password')}
            key={form.key('password')}
            label="Password"
            description={`At least ${MIN_PASSWORD_LENGTH} characters. If you already have an account with this email, enter its password.`}
            name="password"
            autoComplete="new-password"
            size="md"
            visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
          />
          <Button type="submit" size="md" loading={fetching} fullWidth>
            Join
          </Button>
        </Stack>
      </form>
    </>
  )
}

/** The page behind an invitation link. It needs no session: the link itself is the authorisation. */
export function InvitePage({ token }: { token: string }) {
  useTitle('Join')
  const [{ data, error, fetching }, refetch] = useInvitationQuery({
    variables: { token },
    requestPolicy: 'network-only',
  })
  const invitation = data?.invitation
  return (
    <main className={classes.page}>
      <div className={classes.box}>
        <div className={classes.brand}>
          <Logo size={34} />
          Storeline
        </div>
        <div className={classes.card}>
          {invitation?.status === 'PENDING' && <JoinForm token={token} invitation={invitation} />}
          {invitation && invitation.status !== 'PENDING' && <ClosedInvitation why={invitation.status} />}
          {data && !invitation && <ClosedInvitation why="UNKNOWN" />}
          {!data && error && (
            <ErrorMessage
              asPage
              subject="The invitation"
              error={error}
              retrying={fetching}
              onRetry={() => refetch({ requestPolicy: 'network-only' })}
            />
          )}
          {!data && !error && (
            <Center role="status" aria-label="Loading">
              <Loader type="dots" />
            </Center>
          )}
        </div>
      </div>
    </main>
  )
}
