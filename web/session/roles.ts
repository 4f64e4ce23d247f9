import type { StaffRole } from '../generated/operations.ts'

/** The roles with their labels and descriptions, the most powerful first. */
export const ROLES: { value: StaffRole; label: string; description: string }[] = [
  { value: 'OWNER', label: 'Owner', description: 'Full access, including the team and API keys.' },
  { value: 'MANAGER', label: 'Manager', description: 'Full access, except to the team and API keys.' },
  { value: 'AGENT', label: 'Agent', description: 'Orders, payments, images and chats.' },
  { value: 'VIEWER', label: 'Viewer', description: 'Can view orders, chats and products, but cannot change anything.' },
]

export const roleLabel = (role: StaffRole): string => ROLES.find(({ value }) => value === role)?.label ?? role
