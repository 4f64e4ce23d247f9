import { Skeleton, Stack } from '@mantine/core'
import { usePaymentSettingsQuery } from '../../generated/hooks.ts'
import { SettingsLayout } from '../../layouts/SettingsLayout.tsx'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { PaymentSettingsForm } from './PaymentSettingsForm.tsx'

function Settings() {
  const [{ data, error, fetching }, refetch] = usePaymentSettingsQuery({ requestPolicy: 'cache-and-network' })
  if (data) return <PaymentSettingsForm key={data.merchant.id} settings={data.merchant} />
  if (error && !fetching)
    return (
      <ErrorMessage
        subject="The payment settings"
        error={error}
        onRetry={() => refetch({ requestPolicy: 'network-only' })}
      />
    )
  return (
    <Stack role="status" aria-label="Loading the payment settings">
      <Skeleton h={220} />
      <Skeleton h={120} />
    </Stack>
  )
}

/** The shop's payment methods, bank details and payment deadline. */
export function PaymentSettingsPage() {
  useTitle('Payments')
  return (
    <SettingsLayout>
      <Settings />
    </SettingsLayout>
  )
}
