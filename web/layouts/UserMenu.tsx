import { Avatar, Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { IconDeviceMobile, IconLogout, IconSelector } from '@tabler/icons-react'
import { useViewer } from '../features/staff/session.ts'
import { useSignOut } from '../features/staff/use-sign-out.ts'
import { initials } from '../format/people.ts'
import { paths } from '../paths.ts'
import classes from './UserMenu.module.css'

const ROLES = { OWNER: 'Owner', MANAGER: 'Manager', AGENT: 'Agent', VIEWER: 'Viewer' }

const SCHEMES = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'auto', label: 'System' },
]

export function UserMenu({ compact = false }: { compact?: boolean }) {
  const viewer = useViewer()
  const signOut = useSignOut()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const role = viewer.role ? ROLES[viewer.role] : ''
  return (
    <Menu width={250} position={compact ? 'bottom-end' : 'top-start'} keepMounted={false}>
      <Menu.Target>
        <UnstyledButton className={classes.target} aria-label={`Account of ${viewer.name}`}>
          <Avatar size={32} radius="xl" classNames={{ placeholder: classes.avatar }} alt="">
            {initials(viewer.name)}
          </Avatar>
          {!compact && (
            <>
              <span className={classes.who}>
                <span className={classes.name}>{viewer.name}</span>
                <span className={classes.role}>{role}</span>
              </span>
              <IconSelector size={16} aria-hidden="true" />
            </>
          )}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {compact && (
          <div className={classes.heading}>
            <span className={classes.name}>{viewer.name}</span>
            <span className={classes.role}>
              {role} · {viewer.merchant.name}
            </span>
          </div>
        )}
        <div className={classes.scheme}>
          <Text size="xs" c="dimmed" id="color-scheme-label" mb={4}>
            Appearance
          </Text>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-labelledby="color-scheme-label"
            data={SCHEMES}
            value={colorScheme}
            onChange={(value) => setColorScheme(value === 'light' || value === 'dark' ? value : 'auto')}
          />
        </div>
        <Menu.Divider />
        <Menu.Item component="a" href={paths.phone()} target="_blank" leftSection={<IconDeviceMobile size={17} />}>
          Open the demo phone
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={17} />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
