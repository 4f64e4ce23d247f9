import { Button, Group, Textarea } from '@mantine/core'
import { IconBraces } from '@tabler/icons-react'
import { useRef } from 'react'
import { Counter } from './CountedInput.tsx'
import classes from '../editor/TemplateForm.module.css'
import { insertPlaceholder } from '../preview/placeholders.ts'
import { LIMITS } from './template-limits.ts'

type BodyFieldProps = {
  value: string
  /** Names that can be inserted. */
  variables: string[]
  error: string | null
  readOnly: boolean
  onValue: (value: string) => void
}

/** The body text, with a chip for each variable that inserts it at the caret. */
export function BodyField({ value, variables, error, readOnly, onValue }: BodyFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const insert = (name: string) => {
    const area = field.current
    const from = area?.selectionStart ?? value.length
    const next = insertPlaceholder(value, name, from, area?.selectionEnd ?? from)
    onValue(next.text)
    // The caret can be set only once the field holds the new text.
    requestAnimationFrame(() => {
      area?.focus()
      area?.setSelectionRange(next.caret, next.caret)
    })
  }
  return (
    <div>
      <Textarea
        ref={field}
        label="Body"
        description="*bold*, _italic_ and ~strikethrough~ work as in WhatsApp. Write a variable in double braces: {{name}}."
        placeholder="Hello {{customer_name}}, …"
        required
        dir="auto"
        autosize
        minRows={4}
        maxRows={14}
        readOnly={readOnly}
        value={value}
        error={error}
        onChange={(event) => onValue(event.currentTarget.value)}
      />
      <Group justify="space-between" mt={6} gap="xs" align="flex-start" wrap="nowrap">
        <Group gap={6} role="group" aria-label="Insert a variable">
          {!readOnly &&
            variables.map((name) => (
              <Button
                key={name}
                className={classes.chip ?? ''}
                size="compact-xs"
                variant="default"
                radius="xl"
                leftSection={<IconBraces size={12} aria-hidden="true" />}
                aria-label={`Insert ${name}`}
                // The caret must stay where it is.
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => insert(name)}
              >
                {name}
              </Button>
            ))}
        </Group>
        <Counter text={value} max={LIMITS.body} />
      </Group>
    </div>
  )
}
