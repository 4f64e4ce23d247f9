import { screen, waitFor } from '@testing-library/react'
import { expect, test } from 'vitest'
import { showScreen } from '../test-support/screens.tsx'
import { DegradedBanner } from './DegradedBanner.tsx'

const TEXT = /Live updates and sending are delayed/

test('the banner follows the state of the installation, and is hidden while offline', async () => {
  const { sockets } = showScreen(<DegradedBanner />, {})
  const push = (degraded: boolean) => sockets.push({ degraded, liveUpdatesDelayed: degraded, sendingDelayed: degraded })
  await waitFor(() => expect(sockets.subscriptions).toHaveLength(1))
  await push(false)
  expect(screen.queryByText(TEXT)).toBeNull()
  await push(true)
  expect(await screen.findByText(TEXT)).toBeTruthy()
  await push(false)
  await waitFor(() => expect(screen.queryByText(TEXT)).toBeNull())
  await push(true)
  sockets.drop()
  await waitFor(() => expect(screen.queryByText(TEXT)).toBeNull())
})
