import { useMediaQuery } from '@mantine/hooks'
import { Notifications } from '@mantine/notifications'

/** The position of toasts: bottom right on wide screens, top on narrow ones, away from the page's buttons. */
export function ToastArea() {
  const narrow = useMediaQuery('(max-width: 767px)')
  return (
    <section aria-label="Notifications">
      <Notifications
        position={narrow ? 'top-center' : 'bottom-right'}
        limit={4}
        containerWidth={360}
        withinPortal={false}
      />
    </section>
  )
}
