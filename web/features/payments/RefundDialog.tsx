import { Button, Group, Modal, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { PaymentPartsFragment } from '../../generated/operations.ts'
import { useViewer } from '../../session/viewer.ts'
import { decimalsOf, refundableOf, minorUnits } from './payment-status.ts'

type RefundDialogProps = {
  opened: boolean
  payment: PaymentPartsFragment
  busy: boolean
  /** `amount` in minor units. */
  onConfirm: (amount: number, reason: string) => Promise<void>
  onClose: () => void
}

function RefundForm({ payment, busy, onConfirm, onClose }: Omit<RefundDialogProps, 'opened'>) {
  const { currency } = useViewer().merchant
  const decimals = decimalsOf(currency)
  const refundable = refundableOf(payment)
  const [amount, setAmount] = useState<number | string>(refundable / 10 ** decimals)
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const minor = minorUnits(amount, currency)
  const amountError = minor === null ? 'Enter an amount' : minor > refundable ? 'More than can be refunded' : null
  const reasonError = reason.trim() ? null : 'Enter a reason for your records'
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (minor !== null && !amountError && !reasonError) void onConfirm(minor, reason.trim())
      }}
    >
      <Stack>
        <Text size="sm">
          This records a refund that you made in cash, by bank transfer or with your payment provider. It does not move
          any money.
        </Text>
        <NumberInput
          label={`Amount (${currency})`}
          data-autofocus
          value={amount}
          min={0}
          decimalScale={decimals}
          error={tried ? amountError : null}
          onChange={setAmount}
        />
        <TextInput
          label="Reason"
          placeholder="e.g. Sold out"
          maxLength={300}
          value={reason}
          error={tried ? reasonError : null}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Record refund
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

export function RefundDialog({ opened, ...rest }: RefundDialogProps) {
  return (
    <Modal opened={opened} onClose={rest.onClose} title="Record a refund" closeButtonProps={{ 'aria-label': 'Close' }}>
      {opened && <RefundForm {...rest} />}
    </Modal>
  )
}
