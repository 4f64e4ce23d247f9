import { useMediaQuery } from '@mantine/hooks'
import { Notifications } from '@mantine/notifications'

/** Where toasts appear: away from the buttons of the page, which are on top of wide screens and below on narrow ones. */
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
