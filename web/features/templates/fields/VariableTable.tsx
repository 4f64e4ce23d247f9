import { ActionIcon, Button, Checkbox, NativeSelect, Text, TextInput, VisuallyHidden } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { issueAt, type Issue } from '../../../graphql/issues.ts'
import type { TemplateVariableType } from '../../../generated/operations.ts'
import { VARIABLE_LABELS, type DraftVariable } from '../editor/template-draft.ts'
import classes from './VariableTable.module.css'

type VariableTableProps = {
  variables: DraftVariable[]
  /** Names that the texts use. */
  used: readonly string[]
  issues: readonly Issue[]
  readOnly: boolean
  onChange: (variables: DraftVariable[]) => void
}

const TYPES = Object.entries(VARIABLE_LABELS).map(([value, { label }]) => ({ value, label }))

/** The type, default and example of each variable: one row each, on a phone one card each. */
export function VariableTable({ variables, used, issues, readOnly, onChange }: VariableTableProps) {
  const change = (index: number, changes: Partial<DraftVariable>) =>
    onChange(variables.map((variable, at) => (at === index ? { ...variable, ...changes } : variable)))
  const add = () => onChange([...variables, { name: '', type: 'TEXT', fallback: '', optional: false, example: '' }])
  return (
    <>
      {variables.length === 0 && (
        <Text size="sm" c="dimmed">
          None yet. Write {'{{customer_name}}'} in the text and it appears here.
        </Text>
      )}
      {variables.length > 0 && (
        <ol className={classes.rows}>
          {variables.map((variable, index) => (
            // A name changes while it is typed, so the index is the key.
            <li key={index} className={classes.row}>
              <TextInput
                label="Name"
                value={variable.name}
                readOnly={readOnly}
                error={issueAt(issues, `variables.${index}.name`)}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => change(index, { name: event.currentTarget.value })}
              />
              <NativeSelect
                label="Type"
                data={TYPES}
                value={variable.type}
                disabled={readOnly}
                error={issueAt(issues, `variables.${index}.type`)}
                onChange={(event) => change(index, { type: event.currentTarget.value as TemplateVariableType })}
              />
              <TextInput
                label="Example"
                dir="auto"
                placeholder={VARIABLE_LABELS[variable.type].hint}
                value={variable.example}
                readOnly={readOnly}
                error={issueAt(issues, `variables.${index}.example`)}
                onChange={(event) => change(index, { example: event.currentTarget.value })}
              />
              <TextInput
                label="Default"
                dir="auto"
                placeholder={variable.optional ? 'Left out if empty' : 'None'}
                value={variable.fallback}
                readOnly={readOnly}
                error={issueAt(issues, `variables.${index}.default`)}
                onChange={(event) => change(index, { fallback: event.currentTarget.value })}
              />
              <Checkbox
                className={classes.optional}
                size="xs"
                label={
                  <>
                    Optional<VisuallyHidden>: {variable.name || 'this variable'}</VisuallyHidden>
                  </>
                }
                checked={variable.optional}
                disabled={readOnly}
                onChange={(event) => change(index, { optional: event.currentTarget.checked })}
              />
              {!readOnly && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={36}
                  className={classes.remove ?? ''}
                  aria-label={`Remove ${variable.name || 'this variable'}`}
                  onClick={() => onChange(variables.filter((_, at) => at !== index))}
                >
                  <IconTrash size={17} aria-hidden="true" />
                </ActionIcon>
              )}
              {variable.name && !used.includes(variable.name) && (
                <p className={classes.unused}>
                  Not used in the text<VisuallyHidden>: {variable.name}</VisuallyHidden>
                </p>
              )}
            </li>
          ))}
        </ol>
      )}
      {!readOnly && (
        <Button
          mt="sm"
          size="compact-sm"
          variant="subtle"
          leftSection={<IconPlus size={15} aria-hidden="true" />}
          onClick={add}
        >
          Add a variable
        </Button>
      )}
    </>
  )
}
