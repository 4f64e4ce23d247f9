import { Button } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useSyncTemplatesMutation } from '../../../generated/hooks.ts'
import { errorSentence } from '../../../graphql/errors.ts'
import { showProblem, showToast } from '../../../ui/toasts.tsx'

/** Syncs the review state of every template with WhatsApp now; the server also does so regularly. */
export function SyncButton() {
  const [{ fetching }, sync] = useSyncTemplatesMutation()
  const run = async () => {
    const { error } = await sync({})
    if (error) return showProblem('Templates were not synced', errorSentence(error))
    showToast({
      id: 'sync-templates',
      title: 'Syncing with WhatsApp',
      message: 'Changed statuses appear here in a moment.',
      spoken: 'Syncing with WhatsApp. Changed statuses appear here in a moment.',
      icon: <IconRefresh size={18} aria-hidden="true" />,
    })
  }
  return (
    <Button
      variant="default"
      loading={fetching}
      leftSection={<IconRefresh size={17} aria-hidden="true" />}
      onClick={() => void run()}
    >
      Sync
    </Button>
  )
}
