import { Alert, Button, Group } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import { customerName } from '../../../format/people.ts'
import type { ConversationRowFragment, TemplateQuery } from '../../../generated/operations.ts'
import { useNow } from '../../../ui/use-now.ts'
import { replyWindow } from '../../messages/reply-window.ts'
import { useViewer } from '../../../session/viewer.ts'
import { PhonePreview } from '../preview/PhonePreview.tsx'
import { renderDraft } from '../preview/preview-content.ts'
import classes from './SendTemplateForm.module.css'
import { draftOf, fromValue, toValue } from '../editor/template-input.ts'
import { usePreview } from '../preview/use-preview.ts'
import { useSendTemplate } from './use-send-template.ts'
import { useFormatValue } from '../preview/use-format-value.ts'
import { ValueFields } from './ValueFields.tsx'

type Template = NonNullable<TemplateQuery['template']>

type SendTemplateFormProps = {
  template: Template
  conversation: ConversationRowFragment
  /** Fill in the example values, for a test. */
  withExamples?: boolean
  onSent: () => void
  onBack: () => void
}

/** The version that is sent: the latest one inside the 24-hour window, else the one that WhatsApp has approved. */
export function versionToSend(template: Template, windowOpen: boolean): Template {
  if (windowOpen || template.approvedVersion === template.version) return template
  const approved = template.versions.find(({ version }) => version === template.approvedVersion)
  return approved
    ? { ...template, type: approved.type, content: approved.content, variables: approved.variables }
    : template
}

/** Fills in a template's variables for one customer, previews the message and sends it. */
export function SendTemplateForm({ template, conversation, withExamples, onSent, onBack }: SendTemplateFormProps) {
  const { merchant } = useViewer()
  const { currency } = merchant
  const { open } = replyWindow(conversation.windowExpiresAt, useNow(15_000))
  const sent = versionToSend(template, open)
  const name = customerName(conversation.customer)
  const [values, setValues] = useState<Record<string, string>>(() => {
    const known: Record<string, string> = { shop_name: merchant.name, customer_name: conversation.customer.name }
    return Object.fromEntries(
      sent.variables.map((variable) => {
        const example = withExamples ? fromValue(variable.type, variable.example ?? '', currency) : ''
        return [variable.name, known[variable.name] || example]
      }),
    )
  })
  const { send, sending, problem, issues } = useSendTemplate(template.id, conversation.id)

  const inputs = sent.variables.flatMap(({ name: variable, type }) => {
    const typed = values[variable] ?? ''
    return typed ? [{ name: variable, value: toValue(type, typed, currency) }] : []
  })
  const { language, type, content, variables } = sent
  const { __typename: _, ...contentParts } = content as typeof content & { __typename?: string }
  const draft = draftOf(sent, currency)
  const formatValue = useFormatValue()
  const preview = usePreview({
    useExamples: false,
    values: inputs,
    draft: {
      name: template.name,
      language,
      type,
      content: contentInputOf(contentParts),
      variables: variables.map(({ name: variable, type: kind, default: fallback, example }) => ({
        name: variable,
        type: kind,
        default: fallback,
        example,
      })),
    },
  })
  const filled = { ...draft, variables: draft.variables.map((one) => ({ ...one, example: values[one.name] ?? '' })) }
  const missing = preview.issues.length > 0
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        void send(inputs).then((done) => done && onSent())
      }}
    >
      <div className={classes.panes}>
        <div>
          <ValueFields
            variables={variables}
            values={values}
            issues={issues.length > 0 ? issues : preview.issues.filter(({ path }) => isFilled(path, values))}
            currency={currency}
            onChange={setValues}
          />
          {variables.length === 0 && <p className={classes.hint}>This template has no variables.</p>}
          <p className={classes.hint}>
            {open
              ? `${name} wrote within the last 24 hours, so the latest version is sent.`
              : `The 24-hour window is closed, so the approved version${template.approvedVersion === null ? '' : ` (${template.approvedVersion})`} is sent.`}
          </p>
        </div>
        <PhonePreview
          from={merchant.name}
          content={(!preview.busy && preview.content) || renderDraft(filled, content.imageUrl, formatValue)}
          busy={preview.busy}
        />
      </div>
      {problem && (
        <Alert
          role="alert"
          color="red"
          variant="outline"
          icon={<IconAlertTriangle size={18} />}
          title="The message was not sent"
        >
          {problem}
        </Alert>
      )}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button type="submit" loading={sending} disabled={missing && !preview.busy}>
          Send to {name}
        </Button>
      </Group>
    </form>
  )
}

/** An empty field is not an error until the person has typed into it. */
const isFilled = (path: string, values: Readonly<Record<string, string>>): boolean =>
  Boolean(values[path.replace(/^input\.values\./, '')])

type Content = Template['content']
const contentInputOf = ({
  body,
  header,
  footer,
  buttons,
  listButton,
  sections,
  mediaId,
  imageUrl,
}: Omit<Content, '__typename'>) => ({
  body,
  header,
  footer,
  listButton,
  mediaId,
  imageUrl,
  ...(buttons.length > 0 && { buttons: buttons.map(({ id, title }) => ({ id, title })) }),
  ...(sections.length > 0 && {
    sections: sections.map(({ title, rows }) => ({
      title,
      rows: rows.map((row) => ({ id: row.id, title: row.title, description: row.description })),
    })),
  }),
})
