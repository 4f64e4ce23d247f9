import { Checkbox, Fieldset, Radio, Stack, Text } from '@mantine/core'
import type { EventType as EventName } from '../../generated/operations.ts'
import { useWebhookEventTypesQuery } from '../../generated/hooks.ts'
import { groupEvents } from './webhook-status.ts'

type EventTypesFieldProps = {
  /** Null means all events, including those added later. */
  value: EventName[] | null
  error: string | undefined
  onChange: (value: EventName[] | null) => void
}

/** Removes the Markdown code marks of a description. */
const plain = (description: string): string => description.replaceAll('`', '')

/** The events that an endpoint receives: all, or a selection. */
export function EventTypesField({ value, error, onChange }: EventTypesFieldProps) {
  const [{ data }] = useWebhookEventTypesQuery()
  return (
    <Stack gap="sm">
      <Radio.Group
        label="Events"
        error={error}
        value={value === null ? 'all' : 'some'}
        onChange={(choice) => onChange(choice === 'all' ? null : [])}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="all" label="All events" description="Including events added later." />
          <Radio value="some" label="Selected events" />
        </Stack>
      </Radio.Group>
      {value !== null &&
        groupEvents(data?.webhookEventTypes ?? []).map(({ label, events }) => (
          <Fieldset key={label} legend={label}>
            <Stack gap="xs">
              {events.map(({ type, description, grantable }) => (
                <Checkbox
                  key={type}
                  label={<Text component="code">{type}</Text>}
                  description={grantable ? plain(description) : `${plain(description)} Your role may not see this.`}
                  disabled={!grantable}
                  checked={value.includes(type)}
                  onChange={(event) =>
                    onChange(event.currentTarget.checked ? [...value, type] : value.filter((one) => one !== type))
                  }
                />
              ))}
            </Stack>
          </Fieldset>
        ))}
    </Stack>
  )
}
