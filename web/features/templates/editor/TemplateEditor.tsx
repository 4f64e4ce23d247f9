import { Alert, SegmentedControl } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import type { Issue } from '../../../graphql/issues.ts'
import { useMediaAssetQuery } from '../../../generated/hooks.ts'
import { Card } from '../../../ui/Card.tsx'
import { useViewer } from '../../../session/viewer.ts'
import { PhonePreview } from '../preview/PhonePreview.tsx'
import { renderDraft } from '../preview/preview-content.ts'
import type { TemplateDraft } from './template-draft.ts'
import classes from './TemplateEditor.module.css'
import { TemplateForm } from './TemplateForm.tsx'
import { contentInput, variableInputs, withoutUnused, isImageMissing } from './template-input.ts'
import { usePreview } from '../preview/use-preview.ts'
import { useFormatValue } from '../preview/use-format-value.ts'

type TemplateEditorProps = {
  draft: TemplateDraft
  isNew: boolean
  readOnly: boolean
  /** The server's validation errors of the last save or submission. */
  issues: readonly Issue[]
  /** The title above the issues: the action that failed because of them. */
  problem?: string
  onChange: (draft: TemplateDraft) => void
  /** Cards below the preview. */
  aside?: ReactNode
}

const VIEWS = [
  { value: 'edit', label: 'Edit' },
  { value: 'preview', label: 'Preview' },
]

function useImageUrl(mediaId: string | null): string | null {
  const [{ data }] = useMediaAssetQuery({ variables: { id: mediaId ?? '' }, pause: mediaId === null })
  return mediaId === null ? null : (data?.mediaAsset?.medium ?? null)
}

/** The form beside a preview of the message; on a phone one of them at a time. */
export function TemplateEditor(props: TemplateEditorProps) {
  const { draft, isNew, readOnly, issues, problem = 'Not saved yet', onChange, aside } = props
  const [view, setView] = useState('edit')
  const { merchant } = useViewer()
  const image = useImageUrl(draft.mediaId)
  const shown = withoutUnused(draft)
  const { name, language, type } = shown
  const variables = variableInputs(shown.variables, merchant.currency)
  const formatValue = useFormatValue()
  const preview = usePreview(
    draft.body.trim() ? { draft: { name, language, type, content: contentInput(shown), variables } } : null,
  )
  // A local sketch at every keystroke, replaced by the server's preview a moment later.
  const content = (!preview.busy && preview.content) || renderDraft(draft, image ?? draft.imageUrl, formatValue)
  const [first] = preview.issues
  const note = preview.busy || !first || !content ? null : `Not ready yet: ${describe(first)}`
  return (
    <>
      <div className={classes.views}>
        <SegmentedControl fullWidth aria-label="Edit or preview" data={VIEWS} value={view} onChange={setView} />
      </div>
      {issues.length > 0 && (
        <Alert
          role="alert"
          color="red"
          variant="outline"
          mb="md"
          icon={<IconAlertTriangle size={18} />}
          title={problem}
        >
          <ul className={classes.issues}>
            {issues.map((issue) => (
              <li key={`${issue.path} ${issue.message}`}>{describe(issue)}</li>
            ))}
          </ul>
        </Alert>
      )}
      <div className={classes.panes} data-view={view}>
        <div className={classes.form}>
          <TemplateForm draft={draft} isNew={isNew} readOnly={readOnly} issues={issues} onChange={onChange} />
        </div>
        <div className={classes.aside}>
          <Card title="Preview">
            <PhonePreview from={merchant.name} content={content} busy={preview.busy} note={note} />
          </Card>
          {aside}
        </div>
      </div>
    </>
  )
}

const FIELD_LABELS: [RegExp, (groups: string[]) => string][] = [
  [/^buttons\.(\d+)/, ([index]) => `Button ${Number(index) + 1}`],
  [/^sections\.(\d+)\.rows\.(\d+)/, ([section, row]) => `Row ${Number(row) + 1} of section ${Number(section) + 1}`],
  [/^sections\.(\d+)/, ([index]) => `Section ${Number(index) + 1}`],
  [/^variables\.(\d+)/, ([index]) => `Variable ${Number(index) + 1}`],
  [/^values\.(\w+)/, ([name]) => `${name}`],
  [/^listButton/, () => 'The list button'],
  [/^(mediaId|imageUrl)/, () => 'The image'],
  [/^body/, () => 'The body'],
  [/^header/, () => 'The header'],
  [/^footer/, () => 'The footer'],
]

/** A validation error as a sentence that begins with the field's label. */
function describe({ path, message }: Issue): string {
  if (isImageMissing(message)) return 'Choose an image'
  const field = path.replace(/^input\.(draft\.)?(content\.)?/, '')
  for (const [pattern, name] of FIELD_LABELS) {
    const match = pattern.exec(field)
    if (match) return `${name(match.slice(1))} ${message}`
  }
  return `${field.charAt(0).toUpperCase()}${field.slice(1)} ${message}`
}
