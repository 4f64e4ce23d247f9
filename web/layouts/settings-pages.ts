import {
  IconCreditCard,
  IconHistory,
  IconKey,
  IconStack2,
  IconUsersGroup,
  IconWebhook,
  type Icon,
} from '@tabler/icons-react'
import { paths } from '../paths.ts'

export type SettingsPage = {
  label: string
  to: string
  icon: Icon
  /** A short description of the page. */
  description: string
  /** Only members with this permission see the page. */
  permission: string
}

/** The settings pages, the most used first. Each page is a route of its own below /settings. */
export const SETTINGS_PAGES: SettingsPage[] = [
  {
    label: 'Team',
    to: paths.team(),
    icon: IconUsersGroup,
    description: 'Members, roles and invitations',
    permission: 'staff:read',
  },
  {
    label: 'Payments',
    to: paths.paymentSettings(),
    icon: IconCreditCard,
    description: 'Payment methods, bank details and payment deadline',
    permission: 'shop:write',
  },
  {
    label: 'API keys',
    to: paths.apiKeys(),
    icon: IconKey,
    description: 'Access for your programs',
    permission: 'api_keys:read',
  },
  {
    label: 'Webhooks',
    to: paths.webhooks(),
    icon: IconWebhook,
    description: 'Events sent to other systems',
    permission: 'webhooks:read',
  },
  {
    label: 'Jobs',
    to: paths.jobs(),
    icon: IconStack2,
    description: 'Background work: running, waiting, failed',
    permission: 'jobs:read',
  },
  {
    label: 'Audit log',
    to: paths.audit(),
    icon: IconHistory,
    description: 'Who changed what, and when',
    permission: 'audit:read',
  },
]
