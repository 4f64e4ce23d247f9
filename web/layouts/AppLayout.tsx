import { VisuallyHidden } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useRef, useSyncExternalStore, type ReactNode } from 'react'
import { useLocation, useRoute } from 'wouter'
import { BotBadge } from '../features/merchants/BotBadge.tsx'
import { RestoreBanner } from '../features/restores/RestoreBanner.tsx'
import { useViewer } from '../session/viewer.ts'
import { ErrorBoundary } from '../ui/ErrorBoundary.tsx'
import { Logo } from '../ui/Logo.tsx'
import { announcement } from '../ui/toasts.tsx'
import { ConnectionBadge, useConnectionState } from './ConnectionBadge.tsx'
import { DegradedBanner } from './DegradedBanner.tsx'
import { NavLinks } from './NavLinks.tsx'
import { UserMenu } from './UserMenu.tsx'
import classes from './AppLayout.module.css'

/** Appears after 2.5 s without a connection, so that a short interruption only changes the badge. */
function OfflineBanner() {
  const state = useConnectionState()
  const [debounced] = useDebouncedValue(state, 2_500)
  if (state === 'live' || debounced === 'live') return null
  return (
    <div className={classes.banner}>
      <IconPlugConnectedX size={17} aria-hidden="true" />
      You are offline. This page may be out of date; it updates when the connection is back.
    </div>
  )
}

function Announcer() {
  const text = useSyncExternalStore(announcement.subscribe, announcement.get)
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {text}
    </VisuallyHidden>
  )
}

export function AppLayout({ children }: { children: ReactNode }) {
  const { merchant } = useViewer()
  const [path] = useLocation()
  const [inChat] = useRoute('/conversations/:id')
  const [inChats] = useRoute('/conversations/*?')
  const main = useRef<HTMLElement>(null)
  return (
    <div className={`${classes.shell} ${inChat ? classes.hidesTabs : ''}`}>
      <a
        className={classes.skip}
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          main.current?.focus()
        }}
      >
        Skip to content
      </a>
      <aside className={classes.sidebar} aria-label="Shop">
        <div className={classes.shop}>
          <Logo size={30} />
          <div className={classes.shopName}>
            {merchant.name}
            <div className={classes.product}>Storeline</div>
          </div>
        </div>
        <nav className={classes.nav} aria-label="Main">
          <NavLinks variant="link" />
        </nav>
        <div className={classes.states}>
          <BotBadge />
          <ConnectionBadge />
        </div>
        <UserMenu />
      </aside>
      <header className={classes.top}>
        <Logo size={26} />
        <span className={classes.shopName}>{merchant.name}</span>
        <span className={classes.topStates}>
          <BotBadge />
          <ConnectionBadge compact />
          <UserMenu compact />
        </span>
      </header>
      <main id="main" ref={main} className={classes.main} tabIndex={-1}>
        <OfflineBanner />
        <DegradedBanner />
        <RestoreBanner />
        <ErrorBoundary resetKey={path}>
          {inChats ? children : <div className={classes.page}>{children}</div>}
        </ErrorBoundary>
      </main>
      <nav className={classes.tabs} aria-label="Main">
        <NavLinks variant="tab" />
      </nav>
      <Announcer />
    </div>
  )
}
