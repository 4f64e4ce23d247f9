import { Button, Group } from '@mantine/core'
import { useState } from 'react'
import type { PaymentAction, PaymentPartsFragment } from '../../generated/operations.ts'
import { CopyField } from '../../ui/CopyField.tsx'
import { useDates } from '../../session/use-dates.ts'
import { useCan } from '../../session/viewer.ts'
import { ACTION_LABELS, METHOD_NAMES, STATUS_SENTENCES } from './payment-status.ts'
import classes from './PaymentCard.module.css'
import { PaymentProof } from './PaymentProof.tsx'
import { RefuseDialog } from './RefuseDialog.tsx'
import type { PaymentActions } from './use-payment-actions.ts'

const MAIN: readonly PaymentAction[] = ['ACCEPT_PROOF', 'MARK_COLLECTED']

/** The open payment, or the last one: its link or proof, and the allowed actions. */
export function CurrentPayment({ payment, actions }: { payment: PaymentPartsFragment; actions: PaymentActions }) {
  const dates = useDates()
  const can = useCan()
  const [refusing, setRefusing] = useState(false)
  const run = (action: PaymentAction) => {
    if (action === 'REFUSE_PROOF') setRefusing(true)
    else void actions.transition(payment.id, action)
  }
  return (
    <>
      <p className={classes.method}>
        {METHOD_NAMES[payment.method]}, {payment.amount.formatted}
        <span className={classes.dim}>{STATUS_SENTENCES[payment.status]}</span>
        {payment.expiresAt && <span className={classes.dim}>Due {dates.moment(payment.expiresAt)}</span>}
      </p>
      {payment.failureReason && <p className={classes.failure}>{payment.failureReason}</p>}
      {payment.proof && <PaymentProof proof={payment.proof} />}
      {payment.checkoutUrl && <CopyField label="Payment link for the customer" value={payment.checkoutUrl} />}
      {(payment.allowedActions.length > 0 || payment.checkoutUrl) && can('payments:write') && (
        <Group gap="xs" mt="sm">
          {payment.allowedActions.map((action) => (
            <Button
              key={action}
              size="xs"
              variant={MAIN.includes(action) ? 'filled' : 'default'}
              disabled={actions.busy !== null && actions.busy !== action}
              loading={actions.busy === action}
              onClick={() => run(action)}
            >
              {ACTION_LABELS[action]}
            </Button>
          ))}
          {payment.checkoutUrl && (
            <Button
              size="xs"
              variant="default"
              loading={actions.busy === 'CONFIRM'}
              onClick={() => void actions.confirm(payment.id)}
            >
              Check with the provider
            </Button>
          )}
        </Group>
      )}
      <RefuseDialog
        opened={refusing}
        onClose={() => setRefusing(false)}
        onConfirm={(reason) => {
          setRefusing(false)
          void actions.transition(payment.id, 'REFUSE_PROOF', reason)
        }}
      />
    </>
  )
}
