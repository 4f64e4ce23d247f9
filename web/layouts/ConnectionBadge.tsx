import { useSyncExternalStore } from 'react'
import { useConnection } from '../session/connection.ts'
import type { ConnectionState } from '../graphql/live-socket.ts'
import { StatusDot, type DotTone } from '../ui/StatusDot.tsx'

const LOOKS: Record<ConnectionState, { tone: DotTone; label: string; hint: string }> = {
  live: { tone: 'good', label: 'Live', hint: 'Changes appear by themselves' },
  connecting: { tone: 'wait', label: 'Connecting…', hint: 'Reaching your shop' },
  offline: { tone: 'bad', label: 'Offline', hint: 'You see the last known state; it will catch up by itself' },
}

export function useConnectionState(): ConnectionState {
  const { state } = useConnection().socket
  return useSyncExternalStore(state.subscribe, state.get)
}

export function ConnectionBadge({ compact = false }: { compact?: boolean }) {
  const look = LOOKS[useConnectionState()]
  return <StatusDot {...look} compact={compact} />
}
