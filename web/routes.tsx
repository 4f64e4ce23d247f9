import { Skeleton, Stack } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { SessionGate } from './features/staff/SessionGate.tsx'
import { SignInPage } from './features/staff/SignInPage.tsx'
import { AppLayout } from './layouts/AppLayout.tsx'
import { LiveShop } from './layouts/LiveShop.tsx'
import { MorePage } from './layouts/MorePage.tsx'
import { NotFoundPage } from './layouts/NotFoundPage.tsx'
import { SettingsHome } from './layouts/SettingsLayout.tsx'
import { paths } from './paths.ts'

const loadOrders = async () => ({ default: (await import('./features/orders/OrdersPage.tsx')).OrdersPage })
const loadConversations = async () => ({
  default: (await import('./features/conversations/ConversationsPage.tsx')).ConversationsPage,
})

const OrdersPage = lazy(loadOrders)
const ConversationsPage = lazy(loadConversations)
const OrderPage = lazy(async () => ({ default: (await import('./features/orders/OrderPage.tsx')).OrderPage }))
const ProductsPage = lazy(async () => ({ default: (await import('./features/catalog/ProductsPage.tsx')).ProductsPage }))
const CustomersPage = lazy(async () => ({
  default: (await import('./features/customers/CustomersPage.tsx')).CustomersPage,
}))
const MediaPage = lazy(async () => ({ default: (await import('./features/media/MediaPage.tsx')).MediaPage }))

function PageSkeleton() {
  return (
    <Stack p="lg" aria-busy="true" aria-label="Loading the page" role="status">
      <Skeleton h={32} w={180} />
      <Skeleton h={320} />
    </Stack>
  )
}

function ShopPages() {
  return (
    <Suspense fallback={<PageSkeleton />}>
      <Switch>
        <Route path="/">
          <Redirect to={paths.orders()} replace />
        </Route>
        <Route path="/orders" component={OrdersPage} />
        <Route path="/orders/:number">{({ number }) => <OrderPage key={number} number={Number(number)} />}</Route>
        <Route path="/conversations/:id?">{({ id }) => <ConversationsPage {...(id ? { id } : {})} />}</Route>
        <Route path="/products" component={ProductsPage} />
        <Route path="/customers" component={CustomersPage} />
        <Route path="/media" component={MediaPage} />
        <Route path="/more" component={MorePage} />
        <Route path="/settings" component={SettingsHome} />
        <Route>
          <NotFoundPage />
        </Route>
      </Switch>
    </Suspense>
  )
}

export function Routes() {
  return (
    <Switch>
      <Route path="/sign-in" component={SignInPage} />
      <Route>
        <SessionGate>
          <LiveShop />
          <AppLayout>
            <ShopPages />
          </AppLayout>
        </SessionGate>
      </Route>
    </Switch>
  )
}

/** Fetches the code of the likely first page while the server is still asked who is signed in. */
export function preloadFirstPage(path: string): void {
  void (path.startsWith(paths.conversations()) ? loadConversations() : loadOrders())
}
