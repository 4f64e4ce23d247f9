import { Tooltip, VisuallyHidden } from '@mantine/core'
import classes from './StatusDot.module.css'

export type DotTone = 'good' | 'wait' | 'bad'

type StatusDotProps = { tone: DotTone; label: string; hint: string; compact?: boolean }

/** A live state in a dot and words. Compact keeps the words for small headers short of room. */
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
