import { useState } from 'react'
import type { CombinedError } from 'urql'
import {
  useRemoveMediaMutation,
  useRestoreMediaMutation,
  useRetryMediaMutation,
  useUpdateMediaMutation,
} from '../../generated/hooks.ts'
import { errorSentence } from '../../graphql/errors.ts'
import { createIdempotencyKey } from '../../graphql/idempotency-key.ts'
import type { Issue } from '../../graphql/issues.ts'
import { showProblem } from '../../ui/toasts.tsx'

type Refusal = { __typename: string; message?: string }

/** Shows a toast when the action was refused. Returns whether it succeeded. */
function reportOutcome(title: string, error: CombinedError | undefined, outcome: Refusal | undefined): boolean {
  if (outcome?.__typename === 'MediaAsset') return true
  showProblem(title, error ? errorSentence(error) : (outcome?.message ?? 'Try again.'))
  return false
}

type BusyAction = 'describe' | 'remove' | 'restore' | 'retry'

/** Describes, removes, restores and retries an image of the library. */
export function useMediaActions(id: string) {
  const [, updateMedia] = useUpdateMediaMutation()
  const [, removeMedia] = useRemoveMediaMutation()
  const [, restoreMedia] = useRestoreMediaMutation()
  const [, retryMedia] = useRetryMediaMutation()
  const [busy, setBusy] = useState<BusyAction | null>(null)
  const [issues, setIssues] = useState<Issue[]>([])

  const withBusy = async (action: BusyAction, work: () => Promise<boolean>): Promise<boolean> => {
    setBusy(action)
    const done = await work()
    setBusy(null)
    return done
  }

  return {
    busy,
    issues,
    describe: ({ altText, fileName }: { altText: string; fileName: string }) =>
      withBusy('describe', async () => {
        setIssues([])
        const { data, error } = await updateMedia({ input: { id, altText, ...(fileName && { fileName }) } })
        const outcome = data?.updateMedia
        if (outcome?.__typename === 'ValidationError') {
          setIssues(outcome.issues)
          return false
        }
        return reportOutcome('The changes were not saved', error, outcome)
      }),
    retry: () =>
      withBusy('retry', async () => {
        const { data, error } = await retryMedia({ input: { id, idempotencyKey: createIdempotencyKey() } })
        return reportOutcome('The image was not downloaded again', error, data?.retryMedia)
      }),
    remove: () =>
      withBusy('remove', async () => {
        const { data, error } = await removeMedia({ input: { id, idempotencyKey: createIdempotencyKey() } })
        return reportOutcome('The image was not removed', error, data?.removeMedia)
      }),
    restore: () =>
      withBusy('restore', async () => {
        const { data, error } = await restoreMedia({ input: { id, idempotencyKey: createIdempotencyKey() } })
        return reportOutcome('The image was not restored', error, data?.restoreMedia)
      }),
  }
}
