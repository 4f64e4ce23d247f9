import { IconHourglass } from '@tabler/icons-react'
import { useSystemStatusSubscription } from '../generated/hooks.ts'
import { useConnectionState } from './ConnectionBadge.tsx'
import classes from './AppLayout.module.css'

/** Says that the installation is degraded, for as long as it is. While offline nothing is known, and the other banner speaks. */
export function DegradedBanner() {
  const online = useConnectionState() === 'live'
  const [{ data }] = useSystemStatusSubscription()
  if (!online || !data?.systemStatusChanges.degraded) return null
  return (
    <div className={classes.banner} role="status">
      <IconHourglass size={17} aria-hidden="true" />
      Live updates and sending are delayed. Orders and chats are safe; what waits is caught up by itself.
    </div>
  )
}
