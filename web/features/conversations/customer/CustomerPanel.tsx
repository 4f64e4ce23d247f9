import { Skeleton, Stack, Text } from '@mantine/core'
import { Link } from 'wouter'
import { languageName } from '../../../format/people.ts'
import { useCustomerCardQuery } from '../../../generated/hooks.ts'
import { paths } from '../../../paths.ts'
import { ErrorMessage } from '../../../ui/ErrorMessage.tsx'
import { StatusPill } from '../../orders/StatusPill.tsx'
import { useDates } from '../../../session/use-dates.ts'
import { CustomerName } from '../../customers/CustomerName.tsx'
import classes from './CustomerPanel.module.css'

/** The customer's details and their latest orders. */
export function CustomerPanel({ customerId }: { customerId: string }) {
  const dates = useDates()
  const [{ data, error, fetching }, refetch] = useCustomerCardQuery({
    variables: { id: customerId },
    requestPolicy: 'cache-and-network',
  })
  const customer = data?.customer
  if (!customer) {
    if (error && !fetching) {
      return (
        <ErrorMessage subject="The customer" error={error} onRetry={() => refetch({ requestPolicy: 'network-only' })} />
      )
    }
    return (
      <Stack role="status" aria-label="Loading the customer">
        <Skeleton h={44} />
        <Skeleton h={120} />
      </Stack>
    )
  }
  const orders = customer.orders.edges.map((edge) => edge.node)
  return (
    <>
      <CustomerName customer={customer} />
      <dl className={classes.facts}>
        {customer.language && (
          <>
            <dt>Language</dt>
            <dd>{languageName(customer.language)}</dd>
          </>
        )}
        {customer.optedOut && (
          <>
            <dt>Marketing</dt>
            <dd>Opted out. Messages about their orders are still sent.</dd>
          </>
        )}
        <dt>First seen</dt>
        <dd>{dates.date(customer.createdAt)}</dd>
      </dl>
      <h2 className={classes.heading}>Orders</h2>
      {orders.length === 0 && (
        <Text size="sm" c="dimmed">
          None yet
        </Text>
      )}
      <ul className={classes.orders}>
        {orders.map((order) => (
          <li key={order.id}>
            <Link href={paths.order(order.number)} className={classes.order}>
              <span>
                <b>#{order.number}</b>
                <span className={classes.dim}>
                  {order.total.formatted} · {dates.moment(order.placedAt)}
                </span>
              </span>
              <StatusPill status={order.status} fulfilment={order.fulfilment} />
            </Link>
          </li>
        ))}
      </ul>
    </>
  )
}
