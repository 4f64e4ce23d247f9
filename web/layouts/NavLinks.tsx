import { VisuallyHidden } from '@mantine/core'
import { Link, useLocation } from 'wouter'
import { useCan } from '../session/viewer.ts'
import { useCounts } from './use-counts.ts'
import { NAV_ITEMS } from './nav-items.ts'
import classes from './AppLayout.module.css'

/** The main navigation, in the sidebar and as tabs at the bottom of a phone. */
export function NavLinks({ variant }: { variant: 'link' | 'tab' }) {
  const [path] = useLocation()
  const counts = useCounts()
  const can = useCan()
  const elsewhere = variant === 'tab' ? 'sidebar' : 'phone'
  const items = NAV_ITEMS.filter(({ on, permission }) => on !== elsewhere && (!permission || can(permission)))
  return items.map(({ label, to, icon: Icon, count, countLabel }) => {
    const waiting = counts && count ? count(counts) : 0
    return (
      <Link key={to} href={to} className={classes[variant]} aria-current={path.startsWith(to) ? 'page' : undefined}>
        <Icon size={variant === 'tab' ? 22 : 20} stroke={1.7} aria-hidden="true" />
        {label}
        {waiting > 0 && (
          <span className={classes.badge}>
            {waiting > 99 ? '99+' : waiting}
            <VisuallyHidden> {countLabel}</VisuallyHidden>
          </span>
        )}
      </Link>
    )
  })
}
