import type { Actor } from '../../server/auth/actor.ts'
import type { AppContext } from '../../server/context.ts'
import { execute } from './app.ts'

const FIELDS = `id name language type description category notice version archived approval approvedVersion rejectionReason allowedActions
  content { body header footer buttons { id title } listButton sections { title rows { id title description } } mediaId imageUrl }
  variables { name type default example } versions { version content { body } variables { name } }`
/** The result of a template mutation; fields of other result types are undefined. */
export type TemplateOutcome = {
  __typename: string
  id: string
  version: number
  archived: boolean
  allowedActions: string[]
  content: { body: string }
  variables: { name: string; type: string; default: string | null }[]
  versions: { version: number; content: { body: string } }[]
  issues: { path: string; message: string }[]
  code: number
  message: string
  text: string
  template: { id: string }
}
const KINDS: Record<string, string> = {
  createTemplate: 'CreateTemplateInput',
  updateTemplate: 'UpdateTemplateInput',
  customizeNotice: 'CustomizeNoticeInput',
  sendTemplate: 'SendTemplateInput',
}
/** The result types of the field. */
function outcomesOf(field: string): string {
  const errors = '__typename ... on Error { message } ... on ValidationError { issues { path message } }'
  if (field === 'sendTemplate')
    return `${errors} ... on Message { id text status } ... on PreflightError { code issues { path message } }`
  const conflict = field === 'updateTemplate' ? ' ... on TemplateConflictError { version template { id version } }' : ''
  return `${errors} ... on Template { ${FIELDS} }${conflict}`
}

/** Runs a mutation of templates as `actor`. */
export async function runTemplate(
  app: AppContext,
  actor: Actor,
  field: string,
  input: object,
): Promise<TemplateOutcome> {
  const kind = KINDS[field] ?? 'TemplateActionInput'
  const document = `mutation ($input: ${kind}!) { ${field}(input: $input) { ${outcomesOf(field)} } }`
  return (await execute<Record<string, TemplateOutcome>>(app, actor, document, { input }))[field] as TemplateOutcome
}

let names = 0
/** A template of its own name: a text with `who`, and `sum` in money that is 0 unless given. */
export const textTemplate = (more: object = {}) => ({
  name: `template_${++names}`,
  language: 'en',
  type: 'TEXT',
  content: { body: 'Hello {{who}}, you owe {{sum}}.' },
  variables: [
    { name: 'who', type: 'TEXT', example: 'Ana' },
    { name: 'sum', type: 'MONEY', default: '0', example: '1250' },
  ],
  ...more,
})

export const issuePaths = ({ issues }: TemplateOutcome): string[] => issues.map(({ path }) => path)
