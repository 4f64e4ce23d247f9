import { ActionIcon, Button, Group } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { CountedInput } from './CountedInput.tsx'
import { issueAt, type Issue } from '../../../graphql/issues.ts'
import { newRow, newSection, rowsOf, type DraftRow, type DraftSection } from '../editor/template-draft.ts'
import { LIMITS } from './template-limits.ts'
import classes from '../editor/TemplateForm.module.css'

type ListFieldProps = {
  button: string
  sections: DraftSection[]
  issues: readonly Issue[]
  readOnly: boolean
  onButton: (button: string) => void
  onSections: (sections: DraftSection[]) => void
}

type RowProps = {
  row: DraftRow
  name: string
  path: string
  issues: readonly Issue[]
  readOnly: boolean
  onChange: (row: DraftRow) => void
  onRemove: (() => void) | null
}

function Row({ row, name, path, issues, readOnly, onChange, onRemove }: RowProps) {
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <div className={classes.pair}>
        <CountedInput
          aria-label={`Title of ${name}`}
          placeholder="Title"
          max={LIMITS.rowTitle}
          readOnly={readOnly}
          value={row.title}
          error={issueAt(issues, `${path}.title`) ?? issueAt(issues, `${path}.id`)}
          onValue={(title) => onChange({ ...row, title })}
        />
        <CountedInput
          aria-label={`Description of ${name}`}
          placeholder="Description (optional)"
          max={LIMITS.rowDescription}
          readOnly={readOnly}
          value={row.description}
          error={issueAt(issues, `${path}.description`)}
          onValue={(description) => onChange({ ...row, description })}
        />
      </div>
      {!readOnly && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size={36}
          disabled={!onRemove}
          aria-label={`Remove ${name}`}
          onClick={() => onRemove?.()}
        >
          <IconTrash size={17} aria-hidden="true" />
        </ActionIcon>
      )}
    </Group>
  )
}

/** The button that opens the list, and its rows in sections. */
export function ListField({ button, sections, issues, readOnly, onButton, onSections }: ListFieldProps) {
  const rows = rowsOf(sections)
  const problem = issueAt(issues, 'sections')
  const changeSection = (index: number, changes: Partial<DraftSection>) =>
    onSections(sections.map((section, at) => (at === index ? { ...section, ...changes } : section)))
  const removeRow = (index: number, key: string) => {
    const left = (sections[index]?.rows ?? []).filter((row) => row.key !== key)
    if (left.length > 0) changeSection(index, { rows: left })
    else onSections(sections.filter((_, at) => at !== index))
  }
  return (
    <fieldset className={classes.fieldset}>
      <legend className={classes.legend}>
        List, {rows.length} of {LIMITS.rows} rows
      </legend>
      <CountedInput
        label="List button"
        placeholder="See the options"
        max={LIMITS.listButton}
        readOnly={readOnly}
        value={button}
        error={issueAt(issues, 'button') ?? issueAt(issues, 'listButton')}
        onValue={onButton}
      />
      {sections.map((section, index) => (
        <div key={section.key} className={classes.section}>
          <CountedInput
            aria-label={`Title of section ${index + 1}`}
            placeholder={sections.length > 1 ? 'Section title' : 'Section title (required with two or more sections)'}
            max={LIMITS.sectionTitle}
            readOnly={readOnly}
            value={section.title}
            error={issueAt(issues, `sections.${index}.title`) ?? issueAt(issues, `sections.${index}.rows`)}
            onValue={(title) => changeSection(index, { title })}
          />
          {section.rows.map((row, at) => (
            <Row
              key={row.key}
              row={row}
              name={sections.length > 1 ? `row ${at + 1} of section ${index + 1}` : `row ${at + 1}`}
              path={`sections.${index}.rows.${at}`}
              issues={issues}
              readOnly={readOnly}
              onChange={(next) =>
                changeSection(index, { rows: section.rows.map((one) => (one.key === row.key ? next : one)) })
              }
              onRemove={rows.length > 1 ? () => removeRow(index, row.key) : null}
            />
          ))}
          {!readOnly && rows.length < LIMITS.rows && (
            <Button
              className={classes.add ?? ''}
              size="compact-sm"
              variant="subtle"
              leftSection={<IconPlus size={15} aria-hidden="true" />}
              onClick={() => changeSection(index, { rows: [...section.rows, newRow(rows)] })}
            >
              Add a row
            </Button>
          )}
        </div>
      ))}
      {problem && <p className={classes.problem}>{problem}</p>}
      {!readOnly && rows.length < LIMITS.rows && sections.length < LIMITS.sections && (
        <Button
          className={classes.add ?? ''}
          size="compact-sm"
          variant="subtle"
          leftSection={<IconPlus size={15} aria-hidden="true" />}
          onClick={() => onSections([...sections, newSection(rows)])}
        >
          Add a section
        </Button>
      )}
    </fieldset>
  )
}
