import { IconHourglass } from '@tabler/icons-react'
import { formatCountdown } from '../../../format/durations.ts'
import { useNow } from '../../../ui/use-now.ts'
import type { OrderStatus } from '../../../generated/operations.ts'
import classes from './OrderPage.module.css'

type ReservationNoticeProps = { status: OrderStatus; reservedUntil: string | null }

/** The time until a new order's stock reservation ends. Screen readers do not announce each second. */
export function ReservationNotice({ status, reservedUntil }: ReservationNoticeProps) {
  const held = status === 'PENDING' && reservedUntil !== null
  const now = useNow(held ? 1000 : null)
  if (!held) return null
  const left = Date.parse(reservedUntil) - now
  return (
    <p className={classes.reservation} role="timer">
      <IconHourglass size={18} stroke={1.7} aria-hidden="true" />
      {left > 0 ? (
        <span>
          Stock is reserved for <b>{formatCountdown(left)}</b>. Accept the order before then.
        </span>
      ) : (
        <span>The reservation has ended. The order expires in a moment.</span>
      )}
    </p>
  )
}
