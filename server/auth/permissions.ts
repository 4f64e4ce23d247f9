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
  'customers:write': {
    roles: ['OWNER', 'MANAGER', 'AGENT'],
    bot: true,
    doc: 'Record what customers wish, such as no advertising.',
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
  'staff:write': { roles: ['OWNER'], bot: false, doc: 'Invite people, change their roles and let them go.' },
  'templates:read': {
    roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'],
    bot: false,
    doc: 'See message templates and preview them.',
  },
  'templates:write': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'Change templates and submit them to WhatsApp.' },
  'media:read': { roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'], bot: false, doc: 'See pictures.' },
  'media:write': { roles: ['OWNER', 'MANAGER', 'AGENT'], bot: false, doc: 'Upload, describe and remove pictures.' },
  'payments:read': {
    roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'],
    bot: true,
    doc: 'See payments of orders and the ledger.',
  },
  'payments:write': {
    roles: ['OWNER', 'MANAGER', 'AGENT'],
    bot: true,
    doc: 'Start payments, hand in and judge proofs, record money taken.',
  },
  'webhooks:read': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'See webhook endpoints and their deliveries.' },
  'webhooks:write': {
    roles: ['OWNER', 'MANAGER'],
    bot: false,
    doc: 'Change webhook endpoints, rotate their secrets, deliver again.',
  },
  'api_keys:read': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'See API keys, never their secrets.' },
  'api_keys:write': { roles: ['OWNER'], bot: false, doc: 'Create, rotate and revoke API keys.' },
  'audit:read': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'See who did what.' },
  'jobs:read': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'See the jobs of the shop and why some failed.' },
  'jobs:write': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'Run failed jobs again.' },
  'shop:write': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'Change what the shop offers, such as ways to pay.' },
  'restores:write': {
    roles: ['OWNER'],
    bot: false,
    doc: 'Choose whether what waited in a restored backup is still sent.',
  },
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
