import { useViewer } from '../../session/viewer.ts'
import { StatusDot } from '../../ui/StatusDot.tsx'

/** Whether a bot is answering customers; kept live by the bot's own events. */
export function BotBadge({ compact = false }: { compact?: boolean }) {
  const { botOnline } = useViewer().merchant
  return (
    <StatusDot
      tone={botOnline ? 'good' : 'bad'}
      label={botOnline ? 'Bot online' : 'Bot offline'}
      hint={botOnline ? 'The bot is answering customers' : 'Nobody answers customers automatically just now'}
      compact={compact}
    />
  )
}
