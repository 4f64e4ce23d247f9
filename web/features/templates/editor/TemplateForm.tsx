import { NativeSelect, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core'
import type { TemplateCategory, TemplateType } from '../../../generated/operations.ts'
import { Card } from '../../../ui/Card.tsx'
import { issueAt, type Issue } from '../../../graphql/issues.ts'
import { BodyField } from '../fields/BodyField.tsx'
import { ButtonsField } from '../fields/ButtonsField.tsx'
import { CountedInput, Counter } from '../fields/CountedInput.tsx'
import { LanguageField } from '../fields/LanguageField.tsx'
import { ListField } from '../fields/ListField.tsx'
import { ImageField } from '../fields/ImageField.tsx'
import { withNewVariables } from '../preview/placeholders.ts'
import { CATEGORY_LABELS, isFramed, TYPE_LABELS, usedVariables, type TemplateDraft } from './template-draft.ts'
import { isImageMissing } from './template-input.ts'
import { LIMITS } from '../fields/template-limits.ts'
import classes from './TemplateForm.module.css'
import { VariableTable } from '../fields/VariableTable.tsx'

type TemplateFormProps = {
  draft: TemplateDraft
  /** A template that exists keeps its name and language. */
  isNew: boolean
  readOnly: boolean
  issues: readonly Issue[]
  onChange: (draft: TemplateDraft) => void
}

const TYPES = Object.entries(TYPE_LABELS).map(([value, { label }]) => ({ value, label }))
const CATEGORIES = Object.entries(CATEGORY_LABELS).map(([value, label]) => ({ value, label }))

function About({ draft, isNew, readOnly, issues, onChange }: TemplateFormProps) {
  return (
    <Card title="About">
      <Stack gap="sm">
        <div className={classes.two}>
          <TextInput
            label="Name"
            description={isNew ? 'Only a–z, 0–9 and _. Cannot be changed.' : undefined}
            placeholder="order_reminder"
            required={isNew}
            autoComplete="off"
            spellCheck={false}
            readOnly={!isNew || readOnly}
            variant={isNew ? 'default' : 'filled'}
            value={draft.name}
            error={issueAt(issues, 'name')}
            onChange={(event) =>
              onChange({ ...draft, name: event.currentTarget.value.toLowerCase().replace(/[\s-]/g, '_') })
            }
          />
          <LanguageField
            value={draft.language}
            readOnly={!isNew || readOnly}
            description={isNew ? 'Each language needs its own template.' : undefined}
            error={issueAt(issues, 'language')}
            onChange={(language) => onChange({ ...draft, language })}
          />
        </div>
        <NativeSelect
          label="Category"
          data={CATEGORIES}
          disabled={readOnly}
          value={draft.category}
          error={issueAt(issues, 'category')}
          onChange={(event) => onChange({ ...draft, category: event.currentTarget.value as TemplateCategory })}
        />
        <div>
          <Textarea
            label="Description"
            placeholder="When your team uses it"
            dir="auto"
            autosize
            minRows={1}
            maxRows={4}
            readOnly={readOnly}
            value={draft.description}
            error={issueAt(issues, 'description')}
            onChange={(event) => onChange({ ...draft, description: event.currentTarget.value })}
          />
          <div className={classes.counter}>
            <Counter text={draft.description} max={LIMITS.description} />
          </div>
        </div>
      </Stack>
    </Card>
  )
}

const imageIssue = (issues: readonly Issue[]): string | null => {
  const found = issueAt(issues, 'mediaId') ?? issueAt(issues, 'imageUrl')
  return found && isImageMissing(found) ? 'Choose an image' : found
}

/** The fields of a template of its type. Each validation error of the server stands at its field. */
export function TemplateForm(props: TemplateFormProps) {
  const { draft, readOnly, issues, onChange } = props
  const { type } = draft
  const used = usedVariables(draft)
  // A variable joins the table as soon as its closing braces are typed into a text.
  const change = (changes: Partial<TemplateDraft>) => {
    const next = { ...draft, ...changes }
    onChange({ ...next, variables: withNewVariables(next.variables, usedVariables(next)) })
  }
  const framed = isFramed(type)
  return (
    <Stack gap="md">
      <About {...props} />
      <Card title="Message">
        <Stack gap="sm">
          <div>
            <SegmentedControl
              fullWidth
              aria-label="Type of message"
              data={TYPES}
              value={type}
              disabled={readOnly}
              onChange={(next) => change({ type: next as TemplateType })}
            />
            <Text size="sm" c="dimmed" mt={6}>
              {TYPE_LABELS[type].description}
            </Text>
          </div>
          {type === 'MEDIA' && (
            <ImageField
              mediaId={draft.mediaId}
              imageUrl={draft.imageUrl}
              readOnly={readOnly}
              error={imageIssue(issues)}
              onChange={(mediaId) => change({ mediaId, imageUrl: null })}
            />
          )}
          {framed && (
            <CountedInput
              label="Header"
              placeholder="Optional"
              max={LIMITS.header}
              readOnly={readOnly}
              value={draft.header}
              error={issueAt(issues, 'header')}
              onValue={(header) => change({ header })}
            />
          )}
          <BodyField
            value={draft.body}
            variables={draft.variables.map(({ name }) => name).filter(Boolean)}
            error={issueAt(issues, 'body')}
            readOnly={readOnly}
            onValue={(body) => change({ body })}
          />
          {framed && (
            <CountedInput
              label="Footer"
              placeholder="Optional"
              max={LIMITS.footer}
              readOnly={readOnly}
              value={draft.footer}
              error={issueAt(issues, 'footer')}
              onValue={(footer) => change({ footer })}
            />
          )}
          {type === 'BUTTONS' && (
            <ButtonsField
              buttons={draft.buttons}
              issues={issues}
              readOnly={readOnly}
              onChange={(buttons) => change({ buttons })}
            />
          )}
          {type === 'LIST' && (
            <ListField
              button={draft.listButton}
              sections={draft.sections}
              issues={issues}
              readOnly={readOnly}
              onButton={(listButton) => change({ listButton })}
              onSections={(sections) => change({ sections })}
            />
          )}
        </Stack>
      </Card>
      <Card title="Variables">
        <VariableTable
          variables={draft.variables}
          used={used}
          issues={issues}
          readOnly={readOnly}
          onChange={(variables) => onChange({ ...draft, variables })}
        />
      </Card>
    </Stack>
  )
}
