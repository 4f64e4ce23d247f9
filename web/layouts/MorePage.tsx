import { Link } from 'wouter'
import { useCan } from '../session/viewer.ts'
import { Card } from '../ui/Card.tsx'
import { PageHeader } from '../ui/PageHeader.tsx'
import { NAV_ITEMS } from './nav-items.ts'
import { useSettingsPages } from './SettingsLayout.tsx'
import classes from './MorePage.module.css'

/** The pages that do not fit into a phone's five tabs. */
export function MorePage() {
  const can = useCan()
  const pages = NAV_ITEMS.filter(({ on, to, permission }) => {
    return on === 'sidebar' && to !== '/settings' && (!permission || can(permission))
  })
  const links = [...pages.map((page) => ({ ...page, description: '' })), ...useSettingsPages()]
  return (
    <>
      <PageHeader title="More" />
      <Card title="Your shop" flush>
        <ul className={classes.list}>
          {links.map(({ label, to, icon: Icon, description }) => (
            <li key={to}>
              <Link href={to} className={classes.link}>
                <Icon size={20} stroke={1.7} aria-hidden="true" />
                <span>
                  {label}
                  {description && <span className={classes.about}>{description}</span>}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      </Card>
    </>
  )
}
