import { IconSearchOff, IconUsers } from '@tabler/icons-react'
import { Text } from '@mantine/core'
import { Link } from 'wouter'
import { useCustomersQuery } from '../../generated/hooks.ts'
import type { CustomersQuery } from '../../generated/operations.ts'
import { languageName } from '../../format/people.ts'
import { useCounts } from '../../layouts/use-counts.ts'
import { paths } from '../../paths.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../ui/ListSkeleton.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Pager } from '../../ui/Pager.tsx'
import { SearchBox } from '../../ui/SearchBox.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { usePage } from '../../ui/use-page.ts'
import { useParams } from '../../ui/use-params.ts'
import { useTitle } from '../../ui/use-title.ts'
import { useDates } from '../../session/use-dates.ts'
import { CustomerName } from './CustomerName.tsx'
import classes from './CustomersPage.module.css'

type CustomerItem = CustomersQuery['customers']['edges'][number]['node']

function CustomerRow({ customer }: { customer: CustomerItem }) {
  const dates = useDates()
  const { conversation } = customer
  const content = (
    <>
      <CustomerName customer={customer} />
      <span className={classes.meta}>
        {customer.language && <span className={classes.wide}>{languageName(customer.language)}</span>}
        {conversation ? (
          <span>
            <span className={classes.wide}>Last wrote </span>
            {dates.moment(conversation.lastMessageAt)}
          </span>
        ) : (
          <span>Never wrote</span>
        )}
      </span>
    </>
  )
  if (!conversation) return <div className={classes.row}>{content}</div>
  return (
    <Link href={paths.conversation(conversation.id)} className={classes.row}>
      {content}
    </Link>
  )
}

export function CustomersPage() {
  const [params] = useParams()
  const page = usePage()
  const search = params.get('q') ?? ''
  const [{ data, error, fetching }, refetch] = useCustomersQuery({
    variables: { ...page.variables, ...(search && { filter: { search } }) },
    requestPolicy: 'cache-and-network',
  })
  useTitle('Customers', useCounts()?.newOrders.totalCount)
  const customers = data?.customers.edges.map((edge) => edge.node)
  return (
    <>
      <PageHeader title="Customers" search={<SearchBox label="Search customers" placeholder="Name or phone" />} />
      <Card flush>
        {customers && customers.length > 0 && (
          <ul className={classes.list}>
            {customers.map((customer) => (
              <li key={customer.id}>
                <CustomerRow customer={customer} />
              </li>
            ))}
          </ul>
        )}
        {customers?.length === 0 && !fetching && (
          <StateMessage
            icon={search ? IconSearchOff : IconUsers}
            title={search ? 'No customer matches' : 'No customers yet'}
          >
            <Text>
              {search ? 'Try part of the name or phone number.' : 'Everyone who writes to your shop appears here.'}
            </Text>
          </StateMessage>
        )}
        {!customers && error && (
          <ErrorMessage
            subject="Customers"
            error={error}
            retrying={fetching}
            onRetry={() => refetch({ requestPolicy: 'network-only' })}
          />
        )}
        {((!customers && !error) || (customers?.length === 0 && fetching)) && <ListSkeleton items="customers" />}
        {data && <Pager page={page} info={data.customers.pageInfo} items="customers" />}
      </Card>
    </>
  )
}
