import { useMediaQuery } from '@mantine/hooks'
import { IconBuildingStore, IconTruckDelivery } from '@tabler/icons-react'
import { Link } from 'wouter'
import { customerHandle, customerName } from '../../../format/people.ts'
import type { Fulfilment, OrderRowFragment } from '../../../generated/operations.ts'
import { paths } from '../../../paths.ts'
import { METHOD_NAMES } from '../../payments/payment-status.ts'
import { PaymentPill } from '../../payments/PaymentPill.tsx'
import { useDates } from '../../../session/use-dates.ts'
import { summarizeLines } from '../order-status.ts'
import classes from './OrderList.module.css'
import { StatusPill } from '../StatusPill.tsx'

const FRESH_MS = 10_000

const freshness = (placedAt: string) => (Date.now() - Date.parse(placedAt) < FRESH_MS ? classes.fresh : '')

function FulfilmentMethod({ fulfilment }: { fulfilment: Fulfilment }) {
  const Icon = fulfilment === 'DELIVERY' ? IconTruckDelivery : IconBuildingStore
  return (
    <span className={classes.fulfilment}>
      <Icon size={17} stroke={1.6} aria-hidden="true" />
      {fulfilment === 'DELIVERY' ? 'Delivery' : 'Pick-up'}
    </span>
  )
}

/** An unpaid order needs no attention, so it shows only its payment method; any other status shows a pill. */
function Paid({ order }: { order: Pick<OrderRowFragment, 'paymentStatus' | 'paymentMethod'> }) {
  if (order.paymentStatus === 'UNPAID') return <span className={classes.sub}>{METHOD_NAMES[order.paymentMethod]}</span>
  return <PaymentPill status={order.paymentStatus} />
}

function OrderTable({ orders }: { orders: OrderRowFragment[] }) {
  const dates = useDates()
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">Order</th>
          <th scope="col">Customer</th>
          <th scope="col">Items</th>
          <th scope="col">Delivery</th>
          <th scope="col" className={classes.end}>
            Total
          </th>
          <th scope="col">Payment</th>
          <th scope="col">Status</th>
        </tr>
      </thead>
      <tbody>
        {orders.map((order) => (
          <tr key={order.id} className={freshness(order.placedAt)}>
            <td>
              <Link href={paths.order(order.number)} className={classes.link}>
                #{order.number}
              </Link>
              <time className={classes.sub} dateTime={order.placedAt} title={dates.full(order.placedAt)}>
                {dates.moment(order.placedAt)}
              </time>
            </td>
            <td>
              {customerName(order.customer)}
              <span className={classes.sub}>{customerHandle(order.customer)}</span>
            </td>
            <td className={classes.items}>{summarizeLines(order.lines)}</td>
            <td>
              <FulfilmentMethod fulfilment={order.fulfilment} />
            </td>
            <td className={`${classes.end} ${classes.money}`}>{order.total.formatted}</td>
            <td>
              <Paid order={order} />
            </td>
            <td>
              <StatusPill status={order.status} fulfilment={order.fulfilment} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function OrderCards({ orders }: { orders: OrderRowFragment[] }) {
  const dates = useDates()
  return (
    <ul className={classes.cards}>
      {orders.map((order) => (
        <li key={order.id} className={`${classes.card} ${freshness(order.placedAt)}`}>
          <div className={classes.cardRow}>
            <span className={classes.ellipsis}>
              <Link href={paths.order(order.number)} className={classes.link}>
                #{order.number}
              </Link>{' '}
              · {customerName(order.customer)}
            </span>
            <StatusPill status={order.status} fulfilment={order.fulfilment} />
          </div>
          <div className={`${classes.cardRow} ${classes.sub}`}>
            <span className={classes.ellipsis}>{summarizeLines(order.lines)}</span>
          </div>
          <div className={`${classes.cardRow} ${classes.sub}`}>
            <span>
              <time dateTime={order.placedAt}>{dates.moment(order.placedAt)}</time> ·{' '}
              {order.fulfilment === 'DELIVERY' ? 'Delivery' : 'Pick-up'}
            </span>
            <Paid order={order} />
            <span className={classes.money}>{order.total.formatted}</span>
          </div>
        </li>
      ))}
    </ul>
  )
}

/** Orders as a table on wide screens, as cards on a phone. `busy` dims rows while new ones load. */
export function OrderList({ orders, busy = false }: { orders: OrderRowFragment[]; busy?: boolean }) {
  const wide = useMediaQuery('(min-width: 860px)', true, { getInitialValueInEffect: false })
  return (
    <div className={busy ? classes.dimmed : undefined}>
      {wide ? <OrderTable orders={orders} /> : <OrderCards orders={orders} />}
    </div>
  )
}
