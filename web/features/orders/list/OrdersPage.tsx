import { Box, Button, Group, Stack } from '@mantine/core'
import { IconReceipt, IconSearchOff } from '@tabler/icons-react'
import { Link } from 'wouter'
import { useOrdersQuery } from '../../../generated/hooks.ts'
import type { OrderFilter } from '../../../generated/operations.ts'
import { useCounts } from '../../../layouts/use-counts.ts'
import { paths } from '../../../paths.ts'
import { DemoPhoneHint } from '../../merchants/DemoPhoneHint.tsx'
import { Card } from '../../../ui/Card.tsx'
import { ErrorMessage } from '../../../ui/ErrorMessage.tsx'
import { FilterTabs } from '../../../ui/FilterTabs.tsx'
import { ListSkeleton } from '../../../ui/ListSkeleton.tsx'
import { PageHeader } from '../../../ui/PageHeader.tsx'
import { Pager } from '../../../ui/Pager.tsx'
import { SearchBox } from '../../../ui/SearchBox.tsx'
import { StateMessage } from '../../../ui/StateMessage.tsx'
import { usePage } from '../../../ui/use-page.ts'
import { useParams } from '../../../ui/use-params.ts'
import { useTitle } from '../../../ui/use-title.ts'
import { STATUS_TABS, statusTab } from '../order-status.ts'
import { OrderList } from './OrderList.tsx'

function NoOrders({ narrowed }: { narrowed: boolean }) {
  if (narrowed) {
    return (
      <StateMessage
        icon={IconSearchOff}
        title="No order matches"
        action={
          <Button component={Link} href={paths.orders()} variant="default">
            Show all orders
          </Button>
        }
      >
        Try another status, or search by order number, customer name or phone.
      </StateMessage>
    )
  }
  return (
    <StateMessage icon={IconReceipt} tone="good" title="No orders yet">
      The first one appears here the moment a customer confirms it in WhatsApp.
      <DemoPhoneHint />
    </StateMessage>
  )
}

export function OrdersPage() {
  const [params] = useParams()
  const page = usePage()
  const counts = useCounts()
  const search = params.get('q') ?? ''
  const { statuses } = statusTab(params.get('status'))
  const filter: OrderFilter = { ...(statuses && { status: statuses }), ...(search && { search }) }
  const narrowed = Object.keys(filter).length > 0
  const [{ data, error, fetching, stale, operation }, refetch] = useOrdersQuery({
    variables: { ...page.variables, ...(narrowed && { filter }) },
    requestPolicy: 'cache-and-network',
  })
  useTitle('Orders', counts?.newOrders.totalCount)

  const orders = data?.orders.edges.map((edge) => edge.node)
  const waiting = fetching && !stale && operation !== undefined
  return (
    <>
      <PageHeader title="Orders" />
      <Stack gap="sm">
        <Group gap="sm" justify="space-between">
          <FilterTabs
            label="Filter by status"
            param="status"
            tabs={STATUS_TABS.map(({ key, label }) => ({
              key,
              label,
              count: key === 'new' ? counts?.newOrders.totalCount : undefined,
            }))}
          />
          <Box flex="1 1 220px">
            <SearchBox label="Search orders" placeholder="Number, name or phone" />
          </Box>
        </Group>
        <Card flush>
          {orders && orders.length > 0 && <OrderList orders={orders} busy={waiting} />}
          {orders?.length === 0 && !fetching && !page.isPaged && <NoOrders narrowed={narrowed} />}
          {!orders && error && (
            <ErrorMessage
              subject="Orders"
              error={error}
              retrying={fetching}
              onRetry={() => refetch({ requestPolicy: 'network-only' })}
            />
          )}
          {((!orders && !error) || (orders?.length === 0 && fetching)) && <ListSkeleton items="orders" />}
          {data && <Pager page={page} info={data.orders.pageInfo} items="orders" />}
        </Card>
      </Stack>
    </>
  )
}
