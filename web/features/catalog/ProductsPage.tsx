import { Skeleton } from '@mantine/core'
import { IconPackage, IconSearchOff } from '@tabler/icons-react'
import { useProductsQuery } from '../../generated/hooks.ts'
import { useCounts } from '../../layouts/use-counts.ts'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Pager } from '../../ui/Pager.tsx'
import { SearchBox } from '../../ui/SearchBox.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { usePage } from '../../ui/use-page.ts'
import { useParams } from '../../ui/use-params.ts'
import { useTitle } from '../../ui/use-title.ts'
import { ProductCard } from './ProductCard.tsx'
import classes from './ProductsPage.module.css'

const PLACEHOLDERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

export function ProductsPage() {
  const [params] = useParams()
  const page = usePage()
  const search = params.get('q') ?? ''
  const [{ data, error, fetching }, refetch] = useProductsQuery({
    variables: { ...page.variables, ...(search && { filter: { search } }) },
    requestPolicy: 'cache-and-network',
  })
  useTitle('Products', useCounts()?.newOrders.totalCount)
  const products = data?.products.edges.map((edge) => edge.node)
  const loading = (!products && !error) || (products?.length === 0 && fetching)
  return (
    <>
      <PageHeader title="Products" search={<SearchBox label="Search products" placeholder="Name or description" />} />
      {products && products.length > 0 && (
        <ul className={classes.grid}>
          {products.map((product) => (
            <li key={product.id}>
              <ProductCard product={product} />
            </li>
          ))}
        </ul>
      )}
      {products?.length === 0 && !fetching && (
        <StateMessage
          icon={search ? IconSearchOff : IconPackage}
          title={search ? 'No product matches' : 'No products yet'}
        >
          {search ? 'Try another word.' : 'Products that you add through the API appear here with their stock.'}
        </StateMessage>
      )}
      {!products && error && (
        <ErrorMessage
          subject="Products"
          error={error}
          retrying={fetching}
          onRetry={() => refetch({ requestPolicy: 'network-only' })}
        />
      )}
      {loading && (
        <div className={classes.grid} role="status" aria-label="Loading products">
          {PLACEHOLDERS.map((key) => (
            <Skeleton key={key} h={280} radius="lg" />
          ))}
        </div>
      )}
      {data && <Pager page={page} info={data.products.pageInfo} items="products" />}
    </>
  )
}
