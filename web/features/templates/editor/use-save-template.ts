import { useState } from 'react'
import { useCreateTemplateMutation, useUpdateTemplateMutation } from '../../../generated/hooks.ts'
import type { TemplateDetailFragment } from '../../../generated/operations.ts'
import { errorSentence } from '../../../graphql/errors.ts'
import { createIdempotencyKey } from '../../../graphql/idempotency-key.ts'
import type { Issue } from '../../../graphql/issues.ts'
import { showProblem } from '../../../ui/toasts.tsx'
import type { TemplateDraft } from './template-draft.ts'
import { contentInput, variableInputs } from './template-input.ts'

export type SaveOutcome =
  | { kind: 'saved'; template: TemplateDetailFragment }
  | { kind: 'invalid'; issues: Issue[] }
  | { kind: 'conflict'; theirs: TemplateDetailFragment }
  | { kind: 'failed' }

const TITLE = 'The template was not saved'

/** Creates a template from a draft, or updates the version that the draft is based on. */
export function useSaveTemplate(currency: string) {
  const [, createTemplate] = useCreateTemplateMutation()
  const [, updateTemplate] = useUpdateTemplateMutation()
  const [saving, setSaving] = useState(false)

  const send = async (draft: TemplateDraft, base: { id: string; version: number } | null): Promise<SaveOutcome> => {
    const { type, description, category } = draft
    const idempotencyKey = createIdempotencyKey()
    const content = contentInput(draft)
    const changes = { type, description, category, content, variables: variableInputs(draft.variables, currency) }
    const identity = { name: draft.name, language: draft.language }
    const { data, error } = base
      ? await updateTemplate({ input: { id: base.id, expectedVersion: base.version, ...changes, idempotencyKey } })
      : await createTemplate({ input: { ...identity, ...changes, idempotencyKey } })
    const outcome = data && ('updateTemplate' in data ? data.updateTemplate : data.createTemplate)
    if (outcome?.__typename === 'Template') return { kind: 'saved', template: outcome }
    if (outcome?.__typename === 'ValidationError') return { kind: 'invalid', issues: outcome.issues }
    if (outcome?.__typename === 'TemplateConflictError') return { kind: 'conflict', theirs: outcome.template }
    showProblem(TITLE, error ? errorSentence(error) : (outcome?.message ?? 'Try again.'))
    return { kind: 'failed' }
  }

  const save = async (draft: TemplateDraft, base: { id: string; version: number } | null): Promise<SaveOutcome> => {
    setSaving(true)
    const outcome = await send(draft, base)
    setSaving(false)
    return outcome
  }
  return { save, saving }
}
