import { Skeleton, Stack } from '@mantine/core'
import { useOrderByNumberQuery } from '../../../generated/hooks.ts'
import type { OrderDetailFragment } from '../../../generated/operations.ts'
import { NotFoundPage } from '../../../layouts/NotFoundPage.tsx'
import { useCounts } from '../../../layouts/use-counts.ts'
import { paths } from '../../../paths.ts'
import { ErrorMessage } from '../../../ui/ErrorMessage.tsx'
import { PageHeader } from '../../../ui/PageHeader.tsx'
import { useTitle } from '../../../ui/use-title.ts'
import { PaymentCard } from '../../payments/PaymentCard.tsx'
import { useDates } from '../../../session/use-dates.ts'
import { OrderActions, TransitionProblem } from './OrderActions.tsx'
import { OrderLines } from './OrderLines.tsx'
import classes from './OrderPage.module.css'
import { CustomerCard, FulfilmentCard } from './order-side.tsx'
import { OrderTimeline } from '../timeline/OrderTimeline.tsx'
import { ReservationNotice } from './ReservationNotice.tsx'
import { StatusPill } from '../StatusPill.tsx'
import { useTransitionOrder } from './use-transition-order.ts'

const BACK = { to: paths.orders(), label: 'Orders' }

function OrderView({ order }: { order: OrderDetailFragment }) {
  const dates = useDates()
  const transition = useTransitionOrder(order.id)
  return (
    <>
      <PageHeader
        title={`Order #${order.number}`}
        back={BACK}
        beside={
          <>
            <StatusPill status={order.status} fulfilment={order.fulfilment} />
            <time className={classes.dim} dateTime={order.placedAt}>
              {dates.full(order.placedAt)}
            </time>
          </>
        }
      >
        <OrderActions order={order} transition={transition} />
      </PageHeader>
      <TransitionProblem transition={transition} />
      <ReservationNotice status={order.status} reservedUntil={order.reservedUntil} />
      {order.reason && <p className={classes.reason}>Reason given: “{order.reason}”</p>}
      <div className={classes.columns}>
        <div className={classes.column}>
          <OrderLines order={order} />
          <OrderTimeline order={order} />
        </div>
        <div className={classes.column}>
          <PaymentCard order={order} />
          <CustomerCard order={order} />
          <FulfilmentCard order={order} />
        </div>
      </div>
    </>
  )
}

export function OrderPage({ number }: { number: number }) {
  const known = Number.isSafeInteger(number) && number > 0 && number < 2 ** 31
  const [{ data, error, fetching, stale }, refetch] = useOrderByNumberQuery({
    variables: { number },
    requestPolicy: 'cache-and-network',
    pause: !known,
  })
  useTitle(`Order #${known ? number : '?'}`, useCounts()?.newOrders.totalCount)

  const order = data?.orderByNumber
  if (order) return <OrderView order={order} />
  if (error && !fetching && !stale) {
    return (
      <ErrorMessage
        asPage
        subject="The order"
        error={error}
        onRetry={() => refetch({ requestPolicy: 'network-only' })}
      />
    )
  }
  if (known && (fetching || stale || !data)) {
    return (
      <Stack role="status" aria-label="Loading the order">
        <Skeleton h={34} w={220} />
        <Skeleton h={260} />
        <Skeleton h={200} />
      </Stack>
    )
  }
  return <NotFoundPage title="No such order" text="Check the order number." back={{ ...BACK, label: 'All orders' }} />
}
