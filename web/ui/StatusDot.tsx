import { Tooltip, VisuallyHidden } from '@mantine/core'
import classes from './StatusDot.module.css'

export type DotTone = 'good' | 'wait' | 'bad'

type StatusDotProps = { tone: DotTone; label: string; hint: string; compact?: boolean }

/** A live status as a dot with a label. `compact` hides the label visually, for small headers. */
export function StatusDot({ tone, label, hint, compact = false }: StatusDotProps) {
  return (
    <Tooltip label={hint}>
      <span className={classes.status} role="status">
        <span className={classes.dot} data-tone={tone} aria-hidden="true" />
        {compact ? <VisuallyHidden>{label}</VisuallyHidden> : label}
      </span>
    </Tooltip>
  )
}
