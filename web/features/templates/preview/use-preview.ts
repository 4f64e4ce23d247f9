import { useDebouncedValue } from '@mantine/hooks'
import { usePreviewTemplateQuery } from '../../../generated/hooks.ts'
import type { MessagePartsFragment, PreviewTemplateInput } from '../../../generated/operations.ts'
import type { Issue } from '../../../graphql/issues.ts'

type Preview = {
  /** What the server made of the request; null while it has not answered, or found something wrong. */
  content: MessagePartsFragment['content'] | null
  /** Everything that keeps the message from being sent, as of the last answer. */
  issues: Issue[]
  /** The answer is to an older request than the present one. */
  busy: boolean
}

const AFTER_MS = 250

/** What the customer would read, filled in by the server a moment after the last key. Null asks for nothing. */
export function usePreview(input: PreviewTemplateInput | null): Preview {
  // Compared by what it says: a request is built anew with every render.
  const wanted = input === null ? null : JSON.stringify(input)
  const [settled] = useDebouncedValue(wanted, AFTER_MS)
  const [{ data, fetching }] = usePreviewTemplateQuery({
    variables: { input: JSON.parse(settled ?? '{}') as PreviewTemplateInput },
    pause: settled === null,
  })
  const busy = fetching || wanted !== settled
  if (settled === null || !data) return { content: null, issues: [], busy }
  return { content: data.previewTemplate?.content ?? null, issues: data.previewTemplate?.issues ?? [], busy }
}
