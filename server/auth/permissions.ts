import type { StaffRole } from '../generated/prisma/enums.ts'

/** Every permission with the roles that hold it. API keys carry any subset of these; `bot` marks those of the bot. */
export const PERMISSIONS = {
  'orders:read': {
    roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'],
    bot: true,
    doc: 'See orders, deliveries and their timelines.',
  },
  'orders:write': { roles: ['OWNER', 'MANAGER', 'AGENT'], bot: true, doc: 'Place orders and change their status.' },
  'catalog:read': { roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'], bot: true, doc: 'See products, prices and stock.' },
  'catalog:write': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'Change products, prices and stock.' },
  'customers:read': {
    roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'],
    bot: true,
    doc: 'See customers and their phone numbers.',
  },
  'customers:write': {
    roles: ['OWNER', 'MANAGER', 'AGENT'],
    bot: true,
    doc: 'Record preferences of customers, such as opting out of advertising.',
  },
  'conversations:read': { roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'], bot: true, doc: 'Read conversations.' },
  'conversations:write': {
    roles: ['OWNER', 'MANAGER', 'AGENT'],
    bot: false,
    doc: 'Reply to conversations, take them over and hand them back to the bot.',
  },
  'carts:write': { roles: ['OWNER', 'MANAGER', 'AGENT'], bot: true, doc: "Change a customer's cart." },
  'events:read': {
    roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'],
    bot: false,
    doc: 'Subscribe to the event log and read it from any position.',
  },
  'staff:read': { roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'], bot: false, doc: 'See the staff of the shop.' },
  'staff:write': { roles: ['OWNER'], bot: false, doc: 'Invite staff, change their roles and remove them.' },
  'templates:read': {
    roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'],
    bot: false,
    doc: 'See message templates and preview them.',
  },
  'templates:write': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'Change templates and submit them to WhatsApp.' },
  'media:read': { roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'], bot: false, doc: 'See images.' },
  'media:write': { roles: ['OWNER', 'MANAGER', 'AGENT'], bot: false, doc: 'Upload, describe and remove images.' },
  'payments:read': {
    roles: ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'],
    bot: true,
    doc: 'See payments of orders and the ledger.',
  },
  'payments:write': {
    roles: ['OWNER', 'MANAGER', 'AGENT'],
    bot: true,
    doc: 'Start payments, submit and review proofs of payment, record money received and refunds.',
  },
  'webhooks:read': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'See webhook endpoints and their deliveries.' },
  'webhooks:write': {
    roles: ['OWNER', 'MANAGER'],
    bot: false,
    doc: 'Change webhook endpoints, rotate their secrets, redeliver events.',
  },
  'api_keys:read': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'See API keys, never their secrets.' },
  'api_keys:write': { roles: ['OWNER'], bot: false, doc: 'Create, rotate and revoke API keys.' },
  'audit:read': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'See the audit log.' },
  'jobs:read': {
    roles: ['OWNER', 'MANAGER'],
    bot: false,
    doc: 'See the jobs of the shop and the errors of failed ones.',
  },
  'jobs:write': { roles: ['OWNER', 'MANAGER'], bot: false, doc: 'Retry failed jobs.' },
  'shop:write': {
    roles: ['OWNER', 'MANAGER'],
    bot: false,
    doc: 'Change the settings of the shop, such as its payment methods.',
  },
  'restores:write': {
    roles: ['OWNER'],
    bot: false,
    doc: 'Decide whether messages and webhooks that were pending in a restored backup are still sent.',
  },
  'bot:turns': { roles: [], bot: true, doc: 'Claim and answer turns. Only the installation’s bot key has it.' },
} as const satisfies Record<string, { roles: readonly StaffRole[]; bot: boolean; doc: string }>

export type Permission = keyof typeof PERMISSIONS

const names = Object.keys(PERMISSIONS) as Permission[]

/** The permissions that an API key may carry. */
export const KEY_SCOPES = names.filter((name) => PERMISSIONS[name].roles.length > 0)

export const permissionsOfRole = (role: StaffRole): ReadonlySet<Permission> =>
  new Set(names.filter((name) => (PERMISSIONS[name].roles as readonly StaffRole[]).includes(role)))

export const botPermissions: ReadonlySet<Permission> = new Set(names.filter((name) => PERMISSIONS[name].bot))

export const isPermission = (value: string): value is Permission => Object.hasOwn(PERMISSIONS, value)
