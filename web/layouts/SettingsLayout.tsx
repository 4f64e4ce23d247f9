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

/** A settings page below the tabs of all settings pages. */
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

/** Redirects to the first settings page that the member may see. */
export function SettingsHome() {
  const [first] = useSettingsPages()
  if (first) return <Redirect to={first.to} replace />
  return (
    <>
      <PageHeader title="Settings" />
      <StateMessage icon={IconSettings} title="No settings available">
        Your role cannot change settings. Ask an owner of the shop.
      </StateMessage>
    </>
  )
}
