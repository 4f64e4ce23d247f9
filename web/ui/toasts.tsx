import { notifications } from '@mantine/notifications'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { createStore } from '../graphql/store.ts'

/** The latest announcement, read out by the polite live region in the layout. */
export const announcement = createStore('')

type Toast = { id: string; title: string; message: ReactNode; spoken: string; icon: ReactNode }

const CLOSE = { 'aria-label': 'Dismiss' }

/** Shows a toast and announces `spoken` once, politely, to screen readers. An `id` is shown only once at a time. */
export function showToast({ spoken, ...toast }: Toast): void {
  announcement.set(spoken)
  // The layout's live region announces it; the default role "alert" would announce it a second time.
  notifications.show({
    ...toast,
    role: 'group',
    'aria-label': toast.title,
    autoClose: 8_000,
    withBorder: true,
    closeButtonProps: CLOSE,
  })
}

export function hideToast(id: string): void {
  notifications.hide(id)
}

/** Shows an error toast: an action of the person failed. */
export function showProblem(title: string, message: string): void {
  notifications.show({
    title,
    message,
    color: 'red',
    icon: <IconAlertTriangle size={18} aria-hidden="true" />,
    autoClose: 10_000,
    withBorder: true,
    closeButtonProps: CLOSE,
  })
}
