import { ActionIcon, Button, Group } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { CountedInput } from './CountedInput.tsx'
import { issueAt, type Issue } from '../../../graphql/issues.ts'
import { newButton, type DraftButton } from '../editor/template-draft.ts'
import { LIMITS } from './template-limits.ts'
import classes from '../editor/TemplateForm.module.css'

type ButtonsFieldProps = {
  buttons: DraftButton[]
  issues: readonly Issue[]
  readOnly: boolean
  onChange: (buttons: DraftButton[]) => void
}

/** Up to three quick reply buttons. */
export function ButtonsField({ buttons, issues, readOnly, onChange }: ButtonsFieldProps) {
  const problem = issueAt(issues, 'buttons')
  return (
    <fieldset className={classes.fieldset}>
      <legend className={classes.legend}>Buttons</legend>
      {buttons.map((button, index) => (
        <Group key={button.key} gap={6} wrap="nowrap" align="flex-start">
          <CountedInput
            className={classes.grows ?? ''}
            aria-label={`Button ${index + 1}`}
            placeholder={index === 0 ? 'Track my order' : 'Button text'}
            max={LIMITS.buttonTitle}
            readOnly={readOnly}
            value={button.title}
            error={issueAt(issues, `buttons.${index}.title`) ?? issueAt(issues, `buttons.${index}.id`)}
            onValue={(title) => onChange(buttons.map((one) => (one.key === button.key ? { ...one, title } : one)))}
          />
          {!readOnly && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={36}
              disabled={buttons.length === 1}
              aria-label={`Remove button ${index + 1}`}
              onClick={() => onChange(buttons.filter((one) => one.key !== button.key))}
            >
              <IconTrash size={17} aria-hidden="true" />
            </ActionIcon>
          )}
        </Group>
      ))}
      {problem && <p className={classes.problem}>{problem}</p>}
      {!readOnly && buttons.length < LIMITS.buttons && (
        <Button
          className={classes.add ?? ''}
          size="compact-sm"
          variant="subtle"
          leftSection={<IconPlus size={15} aria-hidden="true" />}
          onClick={() => onChange([...buttons, newButton(buttons)])}
        >
          Add a button
        </Button>
      )}
    </fieldset>
  )
}
