import { Stack, TextInput } from '@mantine/core'
import { issueAt, type Issue } from '../../../graphql/issues.ts'
import type { TemplateVariablePartsFragment, TemplateVariableType } from '../../../generated/operations.ts'

type ValueFieldsProps = {
  variables: readonly TemplateVariablePartsFragment[]
  /** Typed values by variable name. */
  values: Readonly<Record<string, string>>
  issues: readonly Issue[]
  currency: string
  onChange: (values: Record<string, string>) => void
}

const INPUTS: Record<TemplateVariableType, { type: string; inputMode?: 'decimal' | 'url' }> = {
  TEXT: { type: 'text' },
  NUMBER: { type: 'text', inputMode: 'decimal' },
  MONEY: { type: 'text', inputMode: 'decimal' },
  DATE: { type: 'text' },
  URL: { type: 'url', inputMode: 'url' },
}

/** "Order number" for `order_number`. */
export const readableName = (name: string): string => {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const isBareDate = (text: string) => text === '' || /^\d{4}-\d\d-\d\d$/.test(text)

/** One field for each variable, of the variable's type. A variable with a default may stay empty. */
export function ValueFields({ variables, values, issues, currency, onChange }: ValueFieldsProps) {
  if (variables.length === 0) return null
  return (
    <Stack gap="xs">
      {variables.map(({ name, type, default: fallback }) => {
        const value = values[name] ?? ''
        const hints = { MONEY: `In ${currency}, e.g. 12.50`, URL: 'https://…' } as Partial<
          Record<TemplateVariableType, string>
        >
        return (
          <TextInput
            key={name}
            label={readableName(name)}
            required={fallback === null}
            withAsterisk={fallback === null}
            placeholder={hints[type] ?? (fallback ? `${fallback} if empty` : '')}
            {...INPUTS[type]}
            {...(type === 'DATE' && isBareDate(value) && { type: 'date' })}
            dir="auto"
            autoComplete="off"
            maxLength={1024}
            value={value}
            error={issueAt(issues, `values.${name}`)}
            onChange={(event) => onChange({ ...values, [name]: event.currentTarget.value })}
          />
        )
      })}
    </Stack>
  )
}
