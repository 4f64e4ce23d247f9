import { useLocation } from 'wouter'
import { useSignOutMutation } from '../generated/hooks.ts'
import { paths } from '../paths.ts'
import { showProblem } from '../ui/toasts.tsx'
import { useRenewConnection } from './connection.ts'

/** Ends the session on the server, then discards the connection and its cache. */
export function useSignOut(): () => Promise<void> {
  const [, signOut] = useSignOutMutation()
  const renewConnection = useRenewConnection()
  const [, navigate] = useLocation()
  return async () => {
    const { error } = await signOut({})
    if (error?.networkError) return showProblem('You are still signed in', 'The shop could not be reached. Try again.')
    navigate(paths.signIn(), { replace: true })
    renewConnection()
  }
}
