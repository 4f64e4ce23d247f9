import { useEffect } from 'react'
import { useLocation } from 'wouter'
import { handoffToast } from '../features/conversations/handoff-toast.tsx'
import { orderToast } from '../features/orders/order-toast.tsx'
import { useConnection } from '../session/connection.ts'
import { followEvents } from '../graphql/follow-events.ts'

/** Older events, replayed after a long absence, show no toast: the screen already contains them. */
const TOAST_WITHIN_MS = 5 * 60_000

/** Follows the shop's events while a member is signed in, and shows toasts for new ones. */
export function LiveShop() {
  const connection = useConnection()
  const [, navigate] = useLocation()
  useEffect(
    () =>
      followEvents(connection, {
        onEvent: (event) => {
          if (Date.now() - Date.parse(event.occurredAt) > TOAST_WITHIN_MS) return
          if (event.__typename === 'OrderCreatedEvent') orderToast(event.order, navigate)
          if (event.__typename === 'ConversationHandoffEvent') handoffToast(event, navigate)
        },
      }),
    [connection, navigate],
  )
  return null
}
