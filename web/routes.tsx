import { Skeleton, Stack } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { SessionGate } from './session/SessionGate.tsx'
import { SignInPage } from './session/SignInPage.tsx'
import { AppLayout } from './layouts/AppLayout.tsx'
import { LiveShop } from './layouts/LiveShop.tsx'
import { MorePage } from './layouts/MorePage.tsx'
import { NotFoundPage } from './layouts/NotFoundPage.tsx'
import { SettingsHome } from './layouts/SettingsLayout.tsx'
import { paths } from './paths.ts'

const loadOrders = async () => ({ default: (await import('./features/orders/list/OrdersPage.tsx')).OrdersPage })
const loadConversations = async () => ({
  default: (await import('./features/conversations/ConversationsPage.tsx')).ConversationsPage,
})

const OrdersPage = lazy(loadOrders)
const ConversationsPage = lazy(loadConversations)
const OrderPage = lazy(async () => ({ default: (await import('./features/orders/page/OrderPage.tsx')).OrderPage }))
const ProductsPage = lazy(async () => ({ default: (await import('./features/catalog/ProductsPage.tsx')).ProductsPage }))
const ApiKeysPage = lazy(async () => ({ default: (await import('./features/api-keys/ApiKeysPage.tsx')).ApiKeysPage }))
const CustomersPage = lazy(async () => ({
  default: (await import('./features/customers/CustomersPage.tsx')).CustomersPage,
}))
const TemplatesPage = lazy(async () => ({
  default: (await import('./features/templates/list/TemplatesPage.tsx')).TemplatesPage,
}))
const TemplatePage = lazy(async () => ({
  default: (await import('./features/templates/editor/TemplatePage.tsx')).TemplatePage,
}))
const NewTemplatePage = lazy(async () => ({
  default: (await import('./features/templates/editor/NewTemplatePage.tsx')).NewTemplatePage,
}))
const MediaPage = lazy(async () => ({ default: (await import('./features/media/library/MediaPage.tsx')).MediaPage }))

const TeamPage = lazy(async () => ({ default: (await import('./features/staff/TeamPage.tsx')).TeamPage }))
const AuditPage = lazy(async () => ({ default: (await import('./features/audit/AuditPage.tsx')).AuditPage }))
const JobsPage = lazy(async () => ({ default: (await import('./features/queues/JobsPage.tsx')).JobsPage }))
const InvitePage = lazy(async () => ({ default: (await import('./features/staff/InvitePage.tsx')).InvitePage }))

const PaymentSettingsPage = lazy(async () => ({
  default: (await import('./features/payments/PaymentSettingsPage.tsx')).PaymentSettingsPage,
}))

const WebhooksPage = lazy(async () => ({
  default: (await import('./features/webhooks/WebhooksPage.tsx')).WebhooksPage,
}))
const WebhookPage = lazy(async () => ({ default: (await import('./features/webhooks/WebhookPage.tsx')).WebhookPage }))

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
        <Route path="/templates" component={TemplatesPage} />
        <Route path="/templates/new" component={NewTemplatePage} />
        <Route path="/templates/:id">{({ id }) => <TemplatePage key={id} id={id} />}</Route>
        <Route path="/media" component={MediaPage} />
        <Route path="/more" component={MorePage} />
        <Route path="/settings/payments" component={PaymentSettingsPage} />
        <Route path="/settings" component={SettingsHome} />
        <Route path="/settings/keys" component={ApiKeysPage} />
        <Route path="/settings/webhooks" component={WebhooksPage} />
        <Route path="/settings/webhooks/:id">{({ id }) => <WebhookPage key={id} id={id} />}</Route>
        <Route path="/settings/team" component={TeamPage} />
        <Route path="/settings/audit" component={AuditPage} />
        <Route path="/settings/jobs" component={JobsPage} />
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
      <Route path="/invite/:token">
        {({ token }) => (
          <Suspense fallback={<PageSkeleton />}>
            <InvitePage key={token} token={token} />
          </Suspense>
        )}
      </Route>
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

/** Loads the code of the likely first page in parallel with the viewer query. */
export function preloadFirstPage(path: string): void {
  void (path.startsWith(paths.conversations()) ? loadConversations() : loadOrders())
}
