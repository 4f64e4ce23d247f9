import { Alert, Button, Group, Menu } from '@mantine/core'
import { IconAlertTriangle, IconChevronDown, IconReceiptRefund } from '@tabler/icons-react'
import { useState } from 'react'
import { usePaymentSettingsQuery } from '../../generated/hooks.ts'
import type { OrderMoneyFragment, PaymentPartsFragment } from '../../generated/operations.ts'
import { Card } from '../../ui/Card.tsx'
import { useDates } from '../../session/use-dates.ts'
import { useCan } from '../../session/viewer.ts'
import { CurrentPayment } from './CurrentPayment.tsx'
import { Ledger } from './Ledger.tsx'
import { currentPayment, refundableOf, METHOD_NAMES } from './payment-status.ts'
import classes from './PaymentCard.module.css'
import { PaymentPill } from './PaymentPill.tsx'
import { RefundDialog } from './RefundDialog.tsx'
import { usePaymentActions, type PaymentActions } from './use-payment-actions.ts'

function PaidAndDue({ order }: { order: OrderMoneyFragment }) {
  return (
    <dl className={classes.sums}>
      <dt>Paid</dt>
      <dd>{order.paid.formatted}</dd>
      {order.due.amount > 0 && (
        <>
          <dt>Due</dt>
          <dd className={classes.due}>{order.due.formatted}</dd>
        </>
      )}
    </dl>
  )
}

/** The shop's other payment methods for the amount that is still due. */
function PaymentMethodMenu({
  order,
  current,
  actions,
}: {
  order: OrderMoneyFragment
  current: PaymentPartsFragment | undefined
  actions: PaymentActions
}) {
  const [{ data }] = usePaymentSettingsQuery()
  const open = current && current.allowedActions.length > 0
  const methods = (data?.merchant.paymentMethods ?? []).filter((method) => !open || method !== current.method)
  if (order.due.amount === 0 || methods.length === 0) return null
  return (
    <Menu position="bottom-start" withinPortal={false}>
      <Menu.Target>
        <Button
          variant="default"
          size="xs"
          loading={actions.busy === 'START'}
          rightSection={<IconChevronDown size={15} aria-hidden="true" />}
        >
          {open ? 'Change payment method' : 'Request payment'}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {methods.map((method) => (
          <Menu.Item key={method} onClick={() => void actions.start(method)}>
            {method === 'ONLINE' ? 'Online: create a payment link' : METHOD_NAMES[method]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** The payment of an order: status, current payment, actions and ledger. */
export function PaymentCard({ order }: { order: OrderMoneyFragment }) {
  const can = useCan()
  const dates = useDates()
  const actions = usePaymentActions(order.id)
  const [refunding, setRefunding] = useState(false)
  const current = currentPayment(order)
  const refundable = order.payments.find((payment) => refundableOf(payment) > 0)
  const mayWrite = can('payments:write')
  return (
    <Card title="Payment" aside={<PaymentPill status={order.paymentStatus} />}>
      <PaidAndDue order={order} />
      {order.toRefund.amount > 0 && (
        <p className={classes.attention}>
          <IconReceiptRefund size={18} aria-hidden="true" />
          <span>Refund {order.toRefund.formatted} to the customer, then record the refund here.</span>
        </p>
      )}
      {actions.problem && (
        <Alert
          color="red"
          variant="outline"
          role="alert"
          icon={<IconAlertTriangle size={18} />}
          title="The payment was not changed"
          withCloseButton
          closeButtonLabel="Dismiss"
          onClose={actions.dismiss}
          mb="sm"
        >
          {actions.problem}
        </Alert>
      )}
      {current ? (
        <CurrentPayment payment={current} actions={actions} />
      ) : (
        <p className={classes.dim}>{METHOD_NAMES[order.paymentMethod]}, paid when the order is handed over.</p>
      )}
      {mayWrite && (
        <Group gap="xs" mt="sm">
          <PaymentMethodMenu order={order} current={current} actions={actions} />
          {refundable && (
            <Button variant="default" size="xs" onClick={() => setRefunding(true)}>
              Record a refund…
            </Button>
          )}
        </Group>
      )}
      <Ledger payments={order.payments} dates={dates} />
      {refundable && (
        <RefundDialog
          opened={refunding}
          payment={refundable}
          busy={actions.busy === 'REFUND'}
          onClose={() => setRefunding(false)}
          onConfirm={async (amount, reason) => {
            await actions.refund(refundable.id, amount, reason)
            setRefunding(false)
          }}
        />
      )}
    </Card>
  )
}
