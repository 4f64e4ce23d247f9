import { useDebouncedValue } from '@mantine/hooks'
import { usePreviewTemplateQuery } from '../../../generated/hooks.ts'
import type { MessagePartsFragment, PreviewTemplateInput } from '../../../generated/operations.ts'
import type { Issue } from '../../../graphql/issues.ts'

type Preview = {
  /** The server's rendered message; null until the first answer, and while the draft has issues. */
  content: MessagePartsFragment['content'] | null
  /** The reasons why the message cannot be sent, as of the last answer. */
  issues: Issue[]
  /** The shown answer belongs to an older request. */
  busy: boolean
}

const AFTER_MS = 250

/** The message rendered by the server, requested 250 ms after the last change. Null pauses the request. */
export function usePreview(input: PreviewTemplateInput | null): Preview {
  // Compared as JSON, because the input is a new object at every render.
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
