import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { isEmail, isNotEmpty, useForm } from '@mantine/form'
import { IconAlertCircle } from '@tabler/icons-react'
import { useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { useSignInMutation } from '../generated/hooks.ts'
import type { ViewerShopsFragment } from '../generated/operations.ts'
import { errorSentence } from '../graphql/errors.ts'
import { paths, safeNext } from '../paths.ts'
import { Logo } from '../ui/Logo.tsx'
import { useTitle } from '../ui/use-title.ts'
import { useRenewConnection } from './connection.ts'
import { ShopChoice } from './ShopChoice.tsx'
import classes from './SignInPage.module.css'

export function SignInPage() {
  useTitle('Sign in')
  const [{ fetching }, signIn] = useSignInMutation()
  const [refusal, setRefusal] = useState<string | null>(null)
  const [choice, setChoice] = useState<ViewerShopsFragment['shops'] | null>(null)
  const renewConnection = useRenewConnection()
  const next = safeNext(new URLSearchParams(useSearch()).get('next'))
  const [, navigate] = useLocation()
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', password: '' },
    validate: { email: isEmail('Enter your email address'), password: isNotEmpty('Enter your password') },
  })

  const submit = form.onSubmit(async (input) => {
    setRefusal(null)
    const { data, error } = await signIn({ input: { ...input, email: input.email.trim() } })
    if (error) return setRefusal(errorSentence(error))
    if (data?.signIn.__typename === 'InvalidCredentialsError') return setRefusal(data.signIn.message)
    const shops = data?.signIn.__typename === 'Viewer' ? data.signIn.shops : []
    if (shops.length > 1) return setChoice(shops)
    // The socket and the cache belong to the previous session: open a new connection with the new cookie.
    renewConnection()
    navigate(next === paths.signIn() ? paths.home() : next, { replace: true })
  })

  return (
    <main className={classes.page}>
      <div className={classes.box}>
        <div className={classes.brand}>
          <Logo size={34} />
          Storeline
        </div>
        <div className={classes.card}>
          {choice ? (
            <ShopChoice shops={choice} next={next === paths.signIn() ? paths.home() : next} />
          ) : (
            <>
              <h1 className={classes.title}>Welcome back</h1>
              <p className={classes.text}>Sign in to see your orders and chats.</p>
              <form onSubmit={submit} noValidate>
                <Stack gap="md">
                  {refusal && (
                    <Alert color="red" variant="outline" icon={<IconAlertCircle size={18} />} role="alert">
                      {refusal}
                    </Alert>
                  )}
                  <TextInput
                    {...form.getInputProps('email')}
                    key={form.key('email')}
                    label="Email"
                    type="email"
                    name="email"
                    autoComplete="username"
                    inputMode="email"
                    autoFocus
                    size="md"
                  />
                  <PasswordInput
                    {...form.getInputProps('password')}
                    key={form.key('password')}
                    label="Password"
                    name="password"
                    autoComplete="current-password"
                    size="md"
                    visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
                  />
                  <Button type="submit" size="md" loading={fetching} fullWidth>
                    Sign in
                  </Button>
                </Stack>
              </form>
            </>
          )}
        </div>
        <p className={classes.foot}>Forgot your password? Ask the owner of your shop.</p>
      </div>
    </main>
  )
}
