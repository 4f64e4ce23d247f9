import { useEffect } from 'react'
import { useLocation } from 'wouter'
import { handoffToast } from '../features/conversations/handoff-toast.tsx'
import { orderToast } from '../features/orders/order-toast.tsx'
import { useConnection } from '../session/connection.ts'
import { followEvents } from '../graphql/follow-events.ts'

/** Toasts are for what happens now; older events, replayed after a long absence, are on the screen already. */
const TOAST_WITHIN_MS = 5 * 60_000

/** The one subscription of the app, for as long as somebody is signed in. */
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
