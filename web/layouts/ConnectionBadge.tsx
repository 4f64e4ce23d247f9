import { useSyncExternalStore } from 'react'
import { useConnection } from '../session/connection.ts'
import type { ConnectionState } from '../graphql/live-socket.ts'
import { StatusDot, type DotTone } from '../ui/StatusDot.tsx'

const CONNECTION_LABELS: Record<ConnectionState, { tone: DotTone; label: string; hint: string }> = {
  live: { tone: 'good', label: 'Live', hint: 'Changes appear immediately' },
  connecting: { tone: 'wait', label: 'Connecting…', hint: 'Connecting to your shop' },
  offline: {
    tone: 'bad',
    label: 'Offline',
    hint: 'This page may be out of date; it updates when the connection is back',
  },
}

export function useConnectionState(): ConnectionState {
  const { state } = useConnection().socket
  return useSyncExternalStore(state.subscribe, state.get)
}

export function ConnectionBadge({ compact = false }: { compact?: boolean }) {
  const status = CONNECTION_LABELS[useConnectionState()]
  return <StatusDot {...status} compact={compact} />
}
