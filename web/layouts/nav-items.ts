import { IconMessageCircle, IconPackage, IconReceipt, IconUsers, type Icon } from '@tabler/icons-react'
import type { CountsQuery } from '../generated/operations.ts'
import { paths } from '../paths.ts'

type NavItem = {
  label: string
  to: string
  icon: Icon
  /** What waits there, and how it is said. */
  count?: (counts: CountsQuery) => number
  countLabel?: string
}

export const NAV_ITEMS: NavItem[] = [
  {
    label: 'Orders',
    to: paths.orders(),
    icon: IconReceipt,
    count: (counts) => counts.newOrders.totalCount,
    countLabel: 'new',
  },
  {
    label: 'Chats',
    to: paths.conversations(),
    icon: IconMessageCircle,
    count: (counts) => counts.unread.totalCount,
    countLabel: 'unread',
  },
  { label: 'Products', to: paths.products(), icon: IconPackage },
  { label: 'Customers', to: paths.customers(), icon: IconUsers },
]
