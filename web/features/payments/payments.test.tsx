import { MantineProvider } from '@mantine/core'
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { Provider } from 'urql'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { OrderMoneyFragment, PaymentPartsFragment, ViewerPartsFragment } from '../../generated/operations.ts'
import { createStore } from '../../graphql/store.ts'
import { buildViewer } from '../../test-support/builders.ts'
import { createFakeApi, type Roots } from '../../test-support/fake-api.ts'
import { ConnectionContext } from '../../session/connection.ts'
import { ViewerContext } from '../../session/viewer.ts'
import { currentPayment, decimalsOf, refundableOf, minorUnits } from './payment-status.ts'
import { PaymentCard } from './PaymentCard.tsx'
import { PaymentSettingsForm } from './PaymentSettingsForm.tsx'

afterEach(cleanup)

// happy-dom has no font loading, which a growing text area listens to.
Object.defineProperty(document, 'fonts', { value: new EventTarget(), configurable: true })

const money = (amount: number) => ({ amount, formatted: `$${(amount / 100).toFixed(2)}` })

const buildPayment = (parts: Partial<PaymentPartsFragment> = {}): PaymentPartsFragment => ({
  id: 'payment-1',
  method: 'BANK_TRANSFER',
  provider: 'bank_transfer',
  status: 'PENDING',
  amount: { formatted: '$12.50' },
  checkoutUrl: null,
  failureReason: null,
  expiresAt: null,
  createdAt: '2026-11-02T12:00:00Z',
  capturedAt: null,
  allowedActions: [],
  proof: null,
  entries: [],
  ...parts,
})

const buildMoney = (parts: Partial<OrderMoneyFragment> = {}): OrderMoneyFragment => ({
  id: 'order-1',
  paymentStatus: 'AWAITING',
  paymentMethod: 'BANK_TRANSFER',
  paid: money(0),
  due: money(1250),
  toRefund: money(0),
  payment: { id: 'payment-1' },
  payments: [buildPayment()],
  ...parts,
})

function show(element: React.ReactNode, roots: Roots = {}, viewer: object = buildViewer({ eventCursor: 'c1' })) {
  const api = createFakeApi({
    merchant: {
      id: 'merchant-1',
      paymentMethods: ['CASH_ON_DELIVERY', 'BANK_TRANSFER', 'ONLINE'],
      bankDetails: 'Test Bank',
      paymentDueMinutes: 1440,
      onlinePayment: true,
    },
    ...roots,
  })
  render(
    <MantineProvider env="test">
      <ConnectionContext value={{ store: createStore(api.connection), renew: () => undefined }}>
        <Provider value={api.connection.client}>
          <ViewerContext value={viewer as ViewerPartsFragment}>{element}</ViewerContext>
        </Provider>
      </ConnectionContext>
    </MantineProvider>,
  )
  return api
}

const buttons = () => screen.queryAllByRole('button').map((button) => button.textContent)

describe('the payment card', () => {
  test('offers the allowed actions for a proof, and asks for a reason before it rejects', async () => {
    const payment = buildPayment({
      status: 'PROOF_SUBMITTED',
      allowedActions: ['ACCEPT_PROOF', 'REFUSE_PROOF', 'CANCEL'],
    })
    const transitionPayment = vi.fn(() => ({
      __typename: 'IllegalPaymentActionError',
      message: 'A colleague was faster.',
    }))
    show(<PaymentCard order={buildMoney({ paymentStatus: 'PROOF_SUBMITTED', payments: [payment] })} />, {
      transitionPayment,
    })
    expect(screen.getByText('Check proof of payment')).toBeTruthy()
    expect(buttons()).toEqual(expect.arrayContaining(['Mark as paid', 'Reject…', 'Cancel payment']))
    fireEvent.click(screen.getByRole('button', { name: 'Reject…' }))
    const dialog = await screen.findByRole('dialog')
    fireEvent.click(within(dialog).getByRole('button', { name: 'Reject proof' }))
    expect(within(dialog).getByText(/Enter a reason/)).toBeTruthy()
    expect(transitionPayment).not.toHaveBeenCalled()
    fireEvent.change(within(dialog).getByLabelText('Reason'), { target: { value: 'Cut off' } })
    fireEvent.click(within(dialog).getByRole('button', { name: 'Reject proof' }))
    // The refusal is shown, and nothing changes optimistically.
    await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('A colleague was faster.'))
  })

  test('shows a viewer everything without any action', () => {
    const viewer = {
      ...buildViewer({ eventCursor: 'c1' }),
      role: 'VIEWER',
      permissions: ['orders:read', 'payments:read'],
    }
    const payment = buildPayment({ method: 'ONLINE', checkoutUrl: 'https://pay.example/abc' })
    show(<PaymentCard order={buildMoney({ payments: [payment] })} />, {}, viewer)
    expect(screen.getByDisplayValue('https://pay.example/abc')).toBeTruthy()
    expect(buttons().filter(Boolean)).toEqual([])
  })

  test('shows the amount to refund, and records no more than can be refunded', async () => {
    const entry = {
      id: 'e1',
      kind: 'CAPTURE' as const,
      amount: money(1250),
      author: 'System',
      at: '2026-11-02T12:00:00Z',
    }
    const payment = buildPayment({ status: 'CAPTURED', entries: [entry] })
    const order = buildMoney({
      paymentStatus: 'PAID',
      paid: money(1250),
      due: money(0),
      toRefund: money(1250),
      payments: [payment],
    })
    const recordRefund = vi.fn(() => ({ __typename: 'PaymentNotPossibleError', message: 'no' }))
    show(<PaymentCard order={order} />, { recordRefund })
    expect(screen.getByText(/Refund \$12.50 to the customer/)).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: 'Record a refund…' }))
    const dialog = await screen.findByRole('dialog')
    const amount = within(dialog).getByLabelText('Amount (USD)')
    expect((amount as HTMLInputElement).value).toBe('12.5')
    fireEvent.change(amount, { target: { value: '12.51' } })
    fireEvent.click(within(dialog).getByRole('button', { name: 'Record refund' }))
    expect(within(dialog).getByText('More than can be refunded')).toBeTruthy()
    expect(within(dialog).getByText('Enter a reason for your records')).toBeTruthy()
    expect(recordRefund).not.toHaveBeenCalled()
  })

  test('an order from before payments were recorded is paid in cash', () => {
    show(
      <PaymentCard
        order={buildMoney({ paymentMethod: 'CASH_ON_DELIVERY', paymentStatus: 'UNPAID', payment: null, payments: [] })}
      />,
    )
    expect(screen.getByText('Cash, paid when the order is handed over.')).toBeTruthy()
  })
})

test('the settings keep the chosen order, the default method first', async () => {
  const updatePaymentSettings = vi.fn((_args: { input: { methods: string[] } }) => ({
    __typename: 'ValidationError',
    message: '',
    issues: [],
  }))
  const settings = { id: 'm', bankDetails: 'Test Bank', paymentDueMinutes: 60, onlinePayment: true }
  show(<PaymentSettingsForm settings={{ ...settings, paymentMethods: ['ONLINE', 'CASH_ON_DELIVERY'] }} />, {
    updatePaymentSettings,
  })
  fireEvent.click(screen.getByRole('checkbox', { name: 'Bank transfer' }))
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(updatePaymentSettings).toHaveBeenCalled())
  expect(updatePaymentSettings.mock.calls[0]?.[0].input.methods).toEqual([
    'ONLINE',
    'CASH_ON_DELIVERY',
    'BANK_TRANSFER',
  ])
})

test('the settings show each validation error at its field', async () => {
  const updatePaymentSettings = () => ({
    __typename: 'ValidationError',
    message: 'no',
    issues: [{ path: 'input.bankDetails', message: 'are needed for BANK_TRANSFER' }],
  })
  show(
    <PaymentSettingsForm
      settings={{
        id: 'merchant-1',
        paymentMethods: ['BANK_TRANSFER'],
        bankDetails: null,
        paymentDueMinutes: 90,
        onlinePayment: false,
      }}
    />,
    { updatePaymentSettings },
  )
  expect(screen.getByRole('checkbox', { name: 'Online' }).hasAttribute('disabled')).toBe(true)
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(await screen.findByText('are needed for BANK_TRANSFER')).toBeTruthy()
})

describe('amounts', () => {
  test('are parsed as people type them, with the decimals of the currency', () => {
    expect(decimalsOf('USD')).toBe(2)
    expect(decimalsOf('JPY')).toBe(0)
    expect(decimalsOf('KWD')).toBe(3)
    expect(minorUnits(2.2, 'USD')).toBe(220)
    // 1.005 * 100 is 100.49999999999999 in floats; people do not type half cents.
    expect(minorUnits('19.99', 'USD')).toBe(1_999)
    expect(minorUnits(1.1, 'KWD')).toBe(1_100)
    for (const none of ['', ' ', 'x', 0, -1, '1e30']) expect(minorUnits(none, 'USD')).toBeNull()
  })

  test('of a payment are the sum of its entries', () => {
    const entries = [1250, -250].map((amount, i) => ({
      id: String(i),
      kind: amount > 0 ? ('CAPTURE' as const) : ('REFUND' as const),
      amount: money(amount),
      author: 'System',
      at: '2026-11-02T12:00:00Z',
    }))
    expect(refundableOf(buildPayment({ entries }))).toBe(1_000)
    expect(currentPayment(buildMoney({ payment: { id: 'gone' } }))).toBeUndefined()
  })
})
