import type { StaffRole } from '../generated/prisma/enums.ts'

/** Every permission there is, with who has it by role. Keys carry any subset; the bot has its own few. */
export const PERMISSIONS = {
  'orders:read': {
    roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'],
    bot: true,
    doc: 'See orders, deliveries and their timelines.',
  },
  'orders:write': { roles: ['OWNER', 'MANAGER', 'AGENT'], bot: true, doc: 'Place orders and move them along.' },
  'catalog:read': { roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'], bot: true, doc: 'See products, prices and stock.' },
  'catalog:write': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'Change products, prices and stock.' },
  'customers:read': {
    roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'],
    bot: true,
    doc: 'See customers and how to reach them.',
  },
  'conversations:read': { roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'], bot: true, doc: 'Read conversations.' },
  'conversations:write': {
    roles: ['OWNER', 'MANAGER', 'AGENT'],
    bot: false,
    doc: 'Reply, take over and hand back conversations.',
  },
  'carts:write': { roles: ['OWNER', 'MANAGER', 'AGENT'], bot: true, doc: "Change a customer's cart." },
  'events:read': {
    roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'],
    bot: false,
    doc: 'Follow and replay the event log.',
  },
  'staff:read': { roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'], bot: false, doc: 'See who works in the shop.' },
  'bot:turns': { roles: [], bot: true, doc: 'Claim and answer turns. Only the installation’s bot key has it.' },
} as const satisfies Record<string, { roles: readonly StaffRole[]; bot: boolean; doc: string }>

export type Permission = keyof typeof PERMISSIONS

const names = Object.keys(PERMISSIONS) as Permission[]

/** Permissions a partner's key may carry. */
export const KEY_SCOPES = names.filter((name) => PERMISSIONS[name].roles.length > 0)

export const permissionsOfRole = (role: StaffRole): ReadonlySet<Permission> =>
  new Set(names.filter((name) => (PERMISSIONS[name].roles as readonly StaffRole[]).includes(role)))

export const botPermissions: ReadonlySet<Permission> = new Set(names.filter((name) => PERMISSIONS[name].bot))

export const isPermission = (value: string): value is Permission => Object.hasOwn(PERMISSIONS, value)
