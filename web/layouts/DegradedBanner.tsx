import { IconHourglass } from '@tabler/icons-react'
import { useSystemStatusSubscription } from '../generated/hooks.ts'
import { useConnectionState } from './ConnectionBadge.tsx'
import classes from './AppLayout.module.css'

/** Shown while the installation is degraded. While offline its state is unknown, and the offline banner shows instead. */
export function DegradedBanner() {
  const online = useConnectionState() === 'live'
  const [{ data }] = useSystemStatusSubscription()
  if (!online || !data?.systemStatusChanges.degraded) return null
  return (
    <div className={classes.banner} role="status">
      <IconHourglass size={17} aria-hidden="true" />
      Live updates and sending are delayed. Orders and chats are safe; delayed messages are sent automatically.
    </div>
  )
}
