import { useState } from 'react'
import type { CombinedError } from 'urql'
import {
  useArchiveTemplateMutation,
  useRestoreTemplateMutation,
  useSubmitTemplateMutation,
} from '../../../generated/hooks.ts'
import { errorSentence } from '../../../graphql/errors.ts'
import { createIdempotencyKey } from '../../../graphql/idempotency-key.ts'
import type { Issue } from '../../../graphql/issues.ts'
import { showProblem } from '../../../ui/toasts.tsx'

type Outcome = { __typename: string; message?: string; issues?: Issue[] }
type BusyAction = 'archive' | 'restore' | 'submit'

/** Shows a toast when the action was refused. Returns whether it succeeded. */
function reportOutcome(title: string, error: CombinedError | undefined, outcome: Outcome | undefined): boolean {
  if (outcome?.__typename === 'Template') return true
  const issues = outcome?.issues?.map(({ message }) => message).join('; ')
  showProblem(title, error ? errorSentence(error) : issues || (outcome?.message ?? 'Try again.'))
  return false
}

/** Archives, restores and submits a saved template. */
export function useTemplateActions(id: string) {
  const [, archiveTemplate] = useArchiveTemplateMutation()
  const [, restoreTemplate] = useRestoreTemplateMutation()
  const [, submitTemplate] = useSubmitTemplateMutation()
  const [busy, setBusy] = useState<BusyAction | null>(null)

  const withBusy = async (
    action: BusyAction,
    work: (input: { id: string; idempotencyKey: string }) => Promise<boolean>,
  ) => {
    setBusy(action)
    const done = await work({ id, idempotencyKey: createIdempotencyKey() })
    setBusy(null)
    return done
  }
  return {
    busy,
    archive: () =>
      withBusy('archive', async (input) => {
        const { data, error } = await archiveTemplate({ input })
        return reportOutcome('The template was not archived', error, data?.archiveTemplate)
      }),
    restore: () =>
      withBusy('restore', async (input) => {
        const { data, error } = await restoreTemplate({ input })
        return reportOutcome('The template was not restored', error, data?.restoreTemplate)
      }),
    /** `onIssues` receives the fields for which WhatsApp would reject the template. */
    submit: (onIssues: (issues: Issue[]) => void) =>
      withBusy('submit', async (input) => {
        const { data, error } = await submitTemplate({ input })
        const outcome = data?.submitTemplate
        if (outcome?.__typename !== 'ValidationError')
          return reportOutcome('The template was not submitted', error, outcome)
        onIssues(outcome.issues)
        return false
      }),
  }
}
