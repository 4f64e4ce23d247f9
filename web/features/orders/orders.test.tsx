import { MantineProvider } from '@mantine/core'
import { cleanup, render, screen, waitFor, within } from '@testing-library/react'
import { Provider } from 'urql'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { OrderAction, ViewerPartsFragment } from '../../generated/operations.ts'
import { createStore } from '../../graphql/store.ts'
import { buildOrder } from '../../test-support/builders.ts'
import { createFakeApi, type Roots } from '../../test-support/fake-api.ts'
import { ConnectionContext } from '../../session/connection.ts'
import { ViewerContext } from '../../session/viewer.ts'
import { splitActions } from './order-actions.ts'
import { statusLabel, statusTab, summarizeLines } from './order-status.ts'
import { OrderPage } from './page/OrderPage.tsx'
import { timelineTitle } from './timeline/timeline.ts'

afterEach(cleanup)

// happy-dom has no font loading, which a growing text area listens to.
Object.defineProperty(document, 'fonts', { value: new EventTarget(), configurable: true })

const viewer: ViewerPartsFragment = {
  id: 'staff-1',
  kind: 'STAFF',
  name: 'Test Staff',
  role: 'MANAGER',
  permissions: ['orders:read', 'orders:write'],
  merchant: {
    id: 'merchant-1',
    name: 'Test Shop',
    slug: 'test',
    currency: 'USD',
    locale: 'en-US',
    timeZone: 'UTC',
    phoneUrl: null,
    botOnline: true,
  },
}

function showOrder(roots: Roots) {
  const empty = { totalCount: 0 }
  const api = createFakeApi({ orders: empty, conversations: empty, ...roots })
  render(
    <MantineProvider env="test">
      <ConnectionContext value={{ store: createStore(api.connection), renew: () => undefined }}>
        <Provider value={api.connection.client}>
          <ViewerContext value={viewer}>
            <OrderPage number={1} />
          </ViewerContext>
        </Provider>
      </ConnectionContext>
    </MantineProvider>,
  )
  return api
}

const buttonNames = () => screen.queryAllByRole('button').map((button) => button.textContent ?? '')

describe('the order page', () => {
  test('offers only the actions that the server allows', async () => {
    showOrder({ orderByNumber: buildOrder({ allowedActions: ['MARK_READY', 'CANCEL'], status: 'PREPARING' }) })
    await screen.findByRole('button', { name: 'Mark as ready' })
    expect(buttonNames()).toEqual(['Cancel order', 'Mark as ready'])
  })

  test('offers no action when none is allowed', async () => {
    showOrder({ orderByNumber: buildOrder({ allowedActions: [] }) })
    await screen.findByRole('heading', { name: 'Order #1' })
    expect(buttonNames()).toEqual([])
  })

  test('accepts an order with an idempotency key and shows the next step', async () => {
    const accepted = buildOrder({ status: 'CONFIRMED', allowedActions: ['START_PREPARING'] })
    const transitionOrder = vi.fn(() => accepted)
    showOrder({ orderByNumber: buildOrder(), transitionOrder })
    ;(await screen.findByRole('button', { name: 'Accept order' })).click()
    await screen.findByRole('button', { name: 'Start preparing' })
    expect(transitionOrder).toHaveBeenCalledWith(
      { input: { orderId: 'order-1', action: 'ACCEPT', idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/) } },
      undefined,
      expect.anything(),
    )
  })

  test('shows why an action was refused, and the current state', async () => {
    const roots: Roots = { orderByNumber: buildOrder() }
    roots['transitionOrder'] = () => {
      roots['orderByNumber'] = buildOrder({ status: 'CANCELLED', allowedActions: [] })
      return {
        __typename: 'IllegalTransitionError',
        message: 'The customer cancelled it.',
        status: 'CANCELLED',
        allowedActions: [],
      }
    }
    const api = showOrder(roots)
    api.roots = roots
    Object.assign(roots, { orders: { totalCount: 0 }, conversations: { totalCount: 0 } })
    ;(await screen.findByRole('button', { name: 'Accept order' })).click()
    const alert = await screen.findByRole('alert')
    expect(within(alert).getByText(/The customer cancelled it/)).toBeDefined()
    await waitFor(() => expect(screen.getByText('Cancelled')).toBeDefined())
    expect(screen.queryByRole('button', { name: 'Accept order' })).toBeNull()
  })

  test('does not reject without a reason', async () => {
    const transitionOrder = vi.fn()
    showOrder({ orderByNumber: buildOrder(), transitionOrder })
    ;(await screen.findByRole('button', { name: 'Reject' })).click()
    const dialog = await screen.findByRole('dialog')
    within(dialog).getByRole('button', { name: 'Reject' }).click()
    await within(dialog).findByText(/Enter a reason/)
    expect(transitionOrder).not.toHaveBeenCalled()
  })

  test('shows that an order does not exist', async () => {
    showOrder({ orderByNumber: null })
    await screen.findByRole('heading', { name: 'No such order' })
  })
})

describe('labels', () => {
  test.each<[OrderAction[], OrderAction | null, OrderAction[]]>([
    [['ACCEPT', 'REJECT', 'CANCEL'], 'ACCEPT', ['REJECT', 'CANCEL']],
    [['CANCEL', 'DISPATCH'], 'DISPATCH', ['CANCEL']],
    [['RETURN'], null, ['RETURN']],
    [[], null, []],
  ])('%j has %s as its next step', (allowed, primary, others) => {
    expect(splitActions(allowed)).toEqual({ primary, others })
  })

  test('a pick-up is picked up, not delivered', () => {
    expect(statusLabel('DELIVERED', 'PICKUP')).toBe('Picked up')
    expect(statusLabel('DELIVERED', 'DELIVERY')).toBe('Delivered')
  })

  test('an unknown tab shows all orders', () => {
    expect(statusTab('nonsense').statuses).toBeNull()
    expect(statusTab('new').statuses).toEqual(['PENDING'])
  })

  test('lines are summarised', () => {
    const line = (productName: string) => ({ productName, quantity: 2 })
    expect(summarizeLines([line('Bread'), line('Bun'), line('Tart')])).toBe('2 × Bread, 2 × Bun and 1 more')
  })

  test('an unknown event is shown by its name', () => {
    expect(timelineTitle({ type: 'payment_received', status: null }, 'DELIVERY')).toBe('Payment received')
    expect(timelineTitle({ type: 'order_status_changed', status: 'CONFIRMED' }, 'DELIVERY')).toBe('Accepted')
  })
})
