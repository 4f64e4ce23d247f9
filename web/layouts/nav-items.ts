import {
  IconDots,
  IconMessageCircle,
  IconPackage,
  IconPhoto,
  IconReceipt,
  IconSettings,
  IconTemplate,
  IconUsers,
  type Icon,
} from '@tabler/icons-react'
import type { CountsQuery } from '../generated/operations.ts'
import { paths } from '../paths.ts'

type NavItem = {
  label: string
  to: string
  icon: Icon
  /** Only members with this permission see the item; without one everybody does. */
  permission?: string
  /** Where the item appears: a phone has room for five tabs, and "More" leads to the rest. */
  on: 'everywhere' | 'sidebar' | 'phone'
  /** The number in the badge; `countLabel` is its unit for screen readers. */
  count?: (counts: CountsQuery) => number
  countLabel?: string
}

export const NAV_ITEMS: NavItem[] = [
  {
    label: 'Orders',
    to: paths.orders(),
    icon: IconReceipt,
    on: 'everywhere',
    count: (counts) => counts.newOrders.totalCount,
    countLabel: 'new',
  },
  {
    label: 'Chats',
    to: paths.conversations(),
    icon: IconMessageCircle,
    on: 'everywhere',
    count: (counts) => counts.unread.totalCount,
    countLabel: 'unread',
  },
  { label: 'Products', to: paths.products(), icon: IconPackage, on: 'everywhere' },
  { label: 'Customers', to: paths.customers(), icon: IconUsers, on: 'everywhere' },
  { label: 'Templates', to: paths.templates(), icon: IconTemplate, permission: 'templates:read', on: 'sidebar' },
  { label: 'Media', to: paths.media(), icon: IconPhoto, permission: 'media:read', on: 'sidebar' },
  { label: 'Settings', to: paths.settings(), icon: IconSettings, on: 'sidebar' },
  { label: 'More', to: paths.more(), icon: IconDots, on: 'phone' },
]
