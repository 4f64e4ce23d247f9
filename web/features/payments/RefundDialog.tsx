import { Button, Group, Modal, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { PaymentPartsFragment } from '../../generated/operations.ts'
import { useViewer } from '../../session/viewer.ts'
import { decimalsOf, keptOf, minorUnits } from './payment-status.ts'

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
  const kept = keptOf(payment)
  const [amount, setAmount] = useState<number | string>(kept / 10 ** decimals)
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const minor = minorUnits(amount, currency)
  const amountError = minor === null ? 'Say how much' : minor > kept ? 'More than this payment still holds' : null
  const reasonError = reason.trim() ? null : 'Say why, for the books'
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
          This records that you gave the money back, by hand, by transfer or with your payment provider. It moves no
          money by itself.
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
            Record the refund
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
