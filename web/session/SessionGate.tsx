import { Center, Loader } from '@mantine/core'
import type { ReactNode } from 'react'
import { Redirect, useLocation, useSearch } from 'wouter'
import { useViewerQuery } from '../generated/hooks.ts'
import { isSignedOut } from '../graphql/errors.ts'
import { paths } from '../paths.ts'
import { ErrorMessage } from '../ui/ErrorMessage.tsx'
import { ViewerContext } from './viewer.ts'

/** Renders its children for signed-in staff, and redirects everyone else to the sign-in page with the URL to return to. */
export function SessionGate({ children }: { children: ReactNode }) {
  const [{ data, error, fetching, stale }, refetch] = useViewerQuery()
  const [path] = useLocation()
  const search = useSearch()

  if (data?.viewer?.kind === 'STAFF') return <ViewerContext value={data.viewer}>{children}</ViewerContext>
  if (fetching || stale) {
    return (
      <Center h="100%" role="status" aria-label="Loading">
        <Loader type="dots" />
      </Center>
    )
  }
  if (error && !isSignedOut(error)) {
    return (
      <ErrorMessage
        asPage
        subject="Your shop"
        error={error}
        onRetry={() => refetch({ requestPolicy: 'network-only' })}
      />
    )
  }
  return <Redirect to={paths.signIn(search ? `${path}?${search}` : path)} replace />
}
