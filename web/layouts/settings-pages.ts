import type { Icon } from '@tabler/icons-react'

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
export const SETTINGS_PAGES: SettingsPage[] = []
