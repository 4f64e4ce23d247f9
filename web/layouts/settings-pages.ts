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
  /** What one finds there, in a few words. */
  about: string
  /** Shown to members who may do this. */
  permission: string
}

/** What can be set for the shop, in the order people look for it. Each page is a route of its own below /settings. */
export const SETTINGS_PAGES: SettingsPage[] = [
  {
    label: 'Team',
    to: paths.team(),
    icon: IconUsersGroup,
    about: 'Who works here and what they may do',
    permission: 'staff:read',
  },
  {
    label: 'Payments',
    to: paths.paymentSettings(),
    icon: IconCreditCard,
    about: 'How customers may pay, and how long they may take',
    permission: 'shop:write',
  },
  {
    label: 'API keys',
    to: paths.apiKeys(),
    icon: IconKey,
    about: 'Which programs may work with the shop',
    permission: 'api_keys:read',
  },
  {
    label: 'Webhooks',
    to: paths.webhooks(),
    icon: IconWebhook,
    about: 'Which other systems are told of what happens',
    permission: 'webhooks:read',
  },
  {
    label: 'Jobs',
    to: paths.jobs(),
    icon: IconStack2,
    about: 'What runs, waits and has failed',
    permission: 'jobs:read',
  },
  {
    label: 'Who did what',
    to: paths.audit(),
    icon: IconHistory,
    about: 'Every change, with who made it',
    permission: 'audit:read',
  },
]
