import { Popover, SegmentedControl, UnstyledButton, VisuallyHidden, useMantineColorScheme } from '@mantine/core'
import { IconDeviceMobile, IconLogout, IconSelector } from '@tabler/icons-react'
import { roleLabel } from '../session/roles.ts'
import { useViewer } from '../session/viewer.ts'
import { OtherShops } from '../session/OtherShops.tsx'
import { useSignOut } from '../session/use-sign-out.ts'
import { initials } from '../format/people.ts'
import classes from './UserMenu.module.css'

const SCHEMES = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'auto', label: 'System' },
]

/** The account menu: appearance, other shops, sign out. */
export function UserMenu({ compact = false }: { compact?: boolean }) {
  const viewer = useViewer()
  const signOut = useSignOut()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const role = viewer.role ? roleLabel(viewer.role) : ''
  return (
    <Popover
      width={252}
      position={compact ? 'bottom-end' : 'top-start'}
      withinPortal={false}
      floatingStrategy="fixed"
      trapFocus
      returnFocus
      radius="md"
      shadow="md"
    >
      <Popover.Target>
        <UnstyledButton className={classes.target}>
          <span className={classes.avatar} aria-hidden="true">
            {initials(viewer.name)}
          </span>
          {compact ? (
            <VisuallyHidden>Account of {viewer.name}</VisuallyHidden>
          ) : (
            <>
              <span className={classes.who}>
                <span className={classes.name}>{viewer.name}</span>
                <span className={classes.role}>{role}</span>
              </span>
              <IconSelector size={16} aria-hidden="true" />
            </>
          )}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={6} aria-label="Account">
        {compact && (
          <div className={classes.heading}>
            <span className={classes.name}>{viewer.name}</span>
            <span className={classes.role}>
              {role} · {viewer.merchant.name}
            </span>
          </div>
        )}
        <div className={classes.scheme}>
          <span className={classes.role}>Appearance</span>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label="Appearance"
            data={SCHEMES}
            value={colorScheme}
            onChange={(value) => setColorScheme(value === 'light' || value === 'dark' ? value : 'auto')}
          />
        </div>
        {viewer.merchant.phoneUrl && (
          <a className={classes.item} href={viewer.merchant.phoneUrl} target="_blank" rel="noreferrer">
            <IconDeviceMobile size={18} stroke={1.7} aria-hidden="true" />
            Open the demo phone
          </a>
        )}
        <OtherShops className={classes.item} />
        <button type="button" className={classes.item} onClick={() => void signOut()}>
          <IconLogout size={18} stroke={1.7} aria-hidden="true" />
          Sign out
        </button>
      </Popover.Dropdown>
    </Popover>
  )
}
