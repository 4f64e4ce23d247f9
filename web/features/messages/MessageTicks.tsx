import { IconAlertCircle, IconCheck, IconChecks, IconClock, IconHelpCircle } from '@tabler/icons-react'
import type { MessageStatus } from '../../generated/operations.ts'
import classes from './MessageTicks.module.css'
import { ticksOf } from './ticks.ts'

const SHAPES = {
  clock: IconClock,
  single: IconCheck,
  double: IconChecks,
  failed: IconAlertCircle,
  unknown: IconHelpCircle,
}

export function MessageTicks({ status, size = 16 }: { status: MessageStatus; size?: number }) {
  const ticks = ticksOf(status)
  if (!ticks) return null
  const Icon = SHAPES[ticks.shape]
  const look = ticks.read ? classes.read : ticks.shape === 'failed' || ticks.shape === 'unknown' ? classes.failed : ''
  return (
    <span className={`${classes.ticks} ${look}`} role="img" aria-label={ticks.label} title={ticks.label}>
      <Icon size={ticks.shape === 'clock' ? size - 2 : size} stroke={2} aria-hidden="true" />
    </span>
  )
}
