import { notifications } from '@mantine/notifications'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { createStore } from '../graphql/store.ts'

/** The last thing said, read out politely by the live region in the layout. */
export const announcement = createStore('')

type Toast = { id: string; title: string; message: ReactNode; spoken: string; icon: ReactNode }

const CLOSE = { 'aria-label': 'Dismiss' }

/** A toast that is seen by the eye and said once, politely, to assistive technology. The same `id` never shows twice. */
export function showToast({ spoken, ...toast }: Toast): void {
  announcement.set(spoken)
  // The layout's live region speaks; a toast with the default role "alert" would interrupt and say it again.
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

/** Something the person did was not done. */
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
