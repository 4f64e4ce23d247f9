import type { TemplateAction, TemplateApproval } from '../generated/operations.ts'

type TemplateOptions = {
  id?: string
  body?: string
  version?: number
  approval?: TemplateApproval
  approvedVersion?: number | null
  allowedActions?: TemplateAction[]
  rejectionReason?: string | null
  variables?: { name: string; type: string; default: string | null; example: string | null }[]
}

const contentOf = (body: string) => ({
  body,
  header: null,
  footer: null,
  buttons: [],
  listButton: null,
  sections: [],
  mediaId: null,
  imageUrl: null,
})

/** A text template of the shop as the API's resolvers see it; later versions were saved later. */
export function buildTemplate({
  id = 'template-1',
  body = 'Hello {{name}}!',
  version = 1,
  ...rest
}: TemplateOptions = {}) {
  const variables = rest.variables ?? [{ name: 'name', type: 'TEXT', default: null, example: 'Ana' }]
  const at = (number: number) => new Date(Date.parse('2026-11-02T12:00:00Z') + number * 60_000).toISOString()
  const old = Array.from({ length: version - 1 }, (_, index) => ({
    version: version - 1 - index,
    createdAt: at(version - 1 - index),
    type: 'TEXT',
    content: contentOf(`Version ${version - 1 - index} of {{name}}`),
    variables,
  }))
  return {
    __typename: 'Template',
    id,
    name: 'welcome',
    language: 'en',
    type: 'TEXT',
    description: '',
    category: 'UTILITY',
    notice: null,
    archived: false,
    approval: 'NOT_SUBMITTED',
    approvedVersion: null,
    rejectionReason: null,
    allowedActions: ['UPDATE', 'SUBMIT', 'SEND', 'ARCHIVE'],
    createdAt: at(0),
    updatedAt: at(version),
    content: contentOf(body),
    ...rest,
    version,
    variables,
    versions: [{ version, createdAt: at(version), type: 'TEXT', content: contentOf(body), variables }, ...old],
  }
}
