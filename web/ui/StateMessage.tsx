import type { Icon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './Message.module.css'

type StateMessageProps = {
  icon: Icon
  title: string
  tone?: 'muted' | 'bad' | 'good'
  /** The message is the whole page: its title is the page's heading. */
  asPage?: boolean
  children?: ReactNode
  /** What to do next. */
  action?: ReactNode
}

/** What a list or page says when it has nothing to show. */
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
