import type { ReactNode } from 'react'
import { useId } from '@mantine/hooks'
import classes from './Card.module.css'

type CardProps = {
  /** Names the card's region for assistive technology; without one the card is only a surface. */
  title?: string
  aside?: ReactNode
  /** No inner padding: for tables and lists that reach the edges. */
  flush?: boolean
  children: ReactNode
}

export function Card({ title, aside, flush = false, children }: CardProps) {
  const titleId = useId()
  if (!title) return <div className={`${classes.card} ${flush ? classes.flush : ''}`}>{children}</div>
  return (
    <section className={classes.card} aria-labelledby={titleId}>
      <div className={classes.header}>
        <h2 className={classes.title} id={titleId}>
          {title}
        </h2>
        {aside}
      </div>
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </section>
  )
}
