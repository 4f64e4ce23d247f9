import type { ReactNode } from 'react'
import classes from './Pill.module.css'

export type Tone = 'attention' | 'info' | 'progress' | 'good' | 'muted' | 'bad'

/** A status label. The text carries the meaning; the tone only adds colour. */
export function Pill({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={classes.pill} data-tone={tone}>
      {children}
    </span>
  )
}
