import type { ReactNode } from 'react'
import classes from './Pill.module.css'

export type Tone = 'attention' | 'info' | 'progress' | 'good' | 'muted' | 'bad'

/** A small word of state. The words carry the meaning; the tone only helps the eye. */
export function Pill({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={classes.pill} data-tone={tone}>
      {children}
    </span>
  )
}
