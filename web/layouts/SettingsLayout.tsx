import { IconSettings } from '@tabler/icons-react'
import { Link, Redirect, useLocation } from 'wouter'
import type { ReactNode } from 'react'
import { useCan } from '../session/viewer.ts'
import { PageHeader } from '../ui/PageHeader.tsx'
import { StateMessage } from '../ui/StateMessage.tsx'
import { SETTINGS_PAGES, type SettingsPage } from './settings-pages.ts'
import tabs from '../ui/FilterTabs.module.css'
import classes from './SettingsLayout.module.css'

export function useSettingsPages(): SettingsPage[] {
  const can = useCan()
  return SETTINGS_PAGES.filter(({ permission }) => can(permission))
}

/** One page of the settings under the tabs of all of them. */
export function SettingsLayout({ children }: { children: ReactNode }) {
  const [path] = useLocation()
  const pages = useSettingsPages()
  return (
    <>
      <PageHeader title="Settings" />
      <nav className={`${tabs.tabs} ${classes.tabs}`} aria-label="Settings">
        {pages.map(({ label, to }) => (
          <Link key={to} href={to} className={tabs.tab ?? ''} aria-current={path.startsWith(to) ? 'page' : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      {children}
    </>
  )
}

/** Where "Settings" leads: to the first page the member may see. */
export function SettingsHome() {
  const [first] = useSettingsPages()
  if (first) return <Redirect to={first.to} replace />
  return (
    <>
      <PageHeader title="Settings" />
      <StateMessage icon={IconSettings} title="Nothing to set">
        Ask an owner of the shop if you need to change something here.
      </StateMessage>
    </>
  )
}
