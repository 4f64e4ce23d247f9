import { useViewer } from '../../session/viewer.ts'
import { StatusDot } from '../../ui/StatusDot.tsx'

/** Whether a bot is connected; updated live by `BotConnectedEvent` and `BotDisconnectedEvent`. */
export function BotBadge({ compact = false }: { compact?: boolean }) {
  const { botOnline } = useViewer().merchant
  return (
    <StatusDot
      tone={botOnline ? 'good' : 'bad'}
      label={botOnline ? 'Bot online' : 'Bot offline'}
      hint={botOnline ? 'The bot is answering customers' : 'No bot is connected: customers get no automatic answers'}
      compact={compact}
    />
  )
}
