import type { Icon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './Message.module.css'

type StateMessageProps = {
  icon: Icon
  title: string
  tone?: 'muted' | 'bad' | 'good'
  /** The message fills the page, so its title is the h1. */
  asPage?: boolean
  children?: ReactNode
  /** A button or link to continue. */
  action?: ReactNode
}

/** The empty or error state of a list or page. */
export function StateMessage({
  icon: Icon,
  title,
  tone = 'muted',
  asPage = false,
  children,
  action,
}: StateMessageProps) {
  const Title = asPage ? 'h1' : 'h2'
  return (
    <div className={classes.message} role={tone === 'bad' ? 'alert' : undefined}>
      <span className={classes.icon} data-tone={tone}>
        <Icon size={28} stroke={1.6} aria-hidden="true" />
      </span>
      <Title className={classes.title}>{title}</Title>
      {children && <div className={classes.text}>{children}</div>}
      {action}
    </div>
  )
}
