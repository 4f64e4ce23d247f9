import type { StaffRole } from '../generated/operations.ts'

/** What each role is called and what it may do, the most powerful first. */
export const ROLES: { value: StaffRole; label: string; about: string }[] = [
  { value: 'OWNER', label: 'Owner', about: 'Everything, the team and API keys included.' },
  { value: 'MANAGER', label: 'Manager', about: 'Everything but the team and API keys.' },
  { value: 'AGENT', label: 'Agent', about: 'Orders, payments, images and chats.' },
  { value: 'VIEWER', label: 'Viewer', about: 'Sees the shop’s business, changes nothing.' },
]

export const roleLabel = (role: StaffRole): string => ROLES.find(({ value }) => value === role)?.label ?? role
