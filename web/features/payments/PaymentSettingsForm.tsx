import { Alert, Button, Checkbox, Group, Select, Stack, Text, Textarea } from '@mantine/core'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { useUpdatePaymentSettingsMutation } from '../../generated/hooks.ts'
import type { PaymentMethod, PaymentSettingsFragment } from '../../generated/operations.ts'
import { errorSentence } from '../../graphql/errors.ts'
import { Card } from '../../ui/Card.tsx'
import { showToast } from '../../ui/toasts.tsx'
import { METHOD_NAMES } from './payment-status.ts'

const METHODS: { method: PaymentMethod; description: string }[] = [
  {
    method: 'CASH_ON_DELIVERY',
    description: 'Paid when the order is handed over. Mark it as paid yourself, or it counts as paid once delivered.',
  },
  {
    method: 'BANK_TRANSFER',
    description: 'Customers send a photo or screenshot of the transfer; you compare it with your bank account.',
  },
  { method: 'ONLINE', description: 'Customers get a link to a payment page. The order shows as paid automatically.' },
]

const TIMES = [
  { value: '30', label: '30 minutes' },
  { value: '60', label: '1 hour' },
  { value: '240', label: '4 hours' },
  { value: '720', label: '12 hours' },
  { value: '1440', label: '1 day' },
  { value: '4320', label: '3 days' },
  { value: '10080', label: '1 week' },
]

/** The selectable deadlines, including the current one. */
const timesWith = (minutes: number) =>
  TIMES.some(({ value }) => value === String(minutes))
    ? TIMES
    : [...TIMES, { value: String(minutes), label: `${minutes} minutes` }]

export function PaymentSettingsForm({ settings }: { settings: PaymentSettingsFragment }) {
  const [{ fetching }, save] = useUpdatePaymentSettingsMutation()
  const [methods, setMethods] = useState<readonly PaymentMethod[]>(settings.paymentMethods)
  const [first, setFirst] = useState(settings.paymentMethods[0])
  const usual = first && methods.includes(first) ? first : methods[0]
  const [bankDetails, setBankDetails] = useState(settings.bankDetails ?? '')
  const [minutes, setMinutes] = useState(String(settings.paymentDueMinutes))
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})

  async function submit() {
    const chosen = [...methods].toSorted((a, b) => Number(b === usual) - Number(a === usual))
    const { data, error } = await save({
      input: { methods: chosen, bankDetails: bankDetails.trim(), paymentDueMinutes: Number(minutes) },
    })
    const outcome = data?.updatePaymentSettings
    if (outcome?.__typename === 'Merchant') {
      setProblems({})
      showToast({
        id: 'payment-settings',
        title: 'Payment settings saved',
        message: 'They apply to new orders from now on.',
        spoken: 'Payment settings saved',
        icon: <IconCheck size={18} aria-hidden="true" />,
      })
    } else if (outcome?.__typename === 'ValidationError') {
      setProblems(Object.fromEntries(outcome.issues.map(({ path, message }) => [path.replace('input.', ''), message])))
    } else {
      setProblems({ form: error ? errorSentence(error) : 'The settings were not saved. Try again.' })
    }
  }

  const bank = methods.includes('BANK_TRANSFER')
  const advance = bank || methods.includes('ONLINE')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <Stack maw={640}>
        <Card title="Payment methods">
          <Checkbox.Group
            value={[...methods]}
            onChange={(values) => setMethods(METHODS.map(({ method }) => method).filter((one) => values.includes(one)))}
            error={problems.methods}
            label="Customers can choose"
          >
            <Stack gap="md" mt="sm">
              {METHODS.map(({ method, description }) => (
                <Checkbox
                  key={method}
                  value={method}
                  label={METHOD_NAMES[method]}
                  disabled={method === 'ONLINE' && !settings.onlinePayment}
                  description={
                    method === 'ONLINE' && !settings.onlinePayment
                      ? 'Not available: no payment provider is set up. Ask your operator.'
                      : description
                  }
                />
              ))}
            </Stack>
          </Checkbox.Group>
          {methods.length > 1 && (
            <Select
              label="Default method"
              mt="md"
              data={methods.map((method) => ({ value: method, label: METHOD_NAMES[method] }))}
              value={usual ?? null}
              allowDeselect={false}
              onChange={(value) => setFirst(methods.find((method) => method === value))}
            />
          )}
        </Card>
        {bank && (
          <Card title="Bank account">
            <Textarea
              label="Bank details"
              description="Customers receive exactly this text, with the amount and the order number."
              autosize
              minRows={3}
              maxRows={8}
              maxLength={1000}
              value={bankDetails}
              error={problems.bankDetails}
              onChange={(event) => setBankDetails(event.currentTarget.value)}
            />
          </Card>
        )}
        {advance && (
          <Card title="Payment deadline">
            <Select
              label="Cancel orders with advance payment if they are not paid within"
              data={timesWith(settings.paymentDueMinutes)}
              value={minutes}
              allowDeselect={false}
              error={problems.paymentDueMinutes}
              onChange={(value) => value && setMinutes(value)}
            />
            <Text size="sm" c="dimmed" mt={8}>
              Customers get one reminder before the deadline. Proof of payment stops the deadline until you have checked
              it.
            </Text>
          </Card>
        )}
        {problems.form && (
          <Alert
            color="red"
            variant="outline"
            role="alert"
            icon={<IconAlertTriangle size={18} />}
            title="The settings were not saved"
          >
            {problems.form}
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={fetching}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
