import { Button } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useSyncTemplatesMutation } from '../../../generated/hooks.ts'
import { errorSentence } from '../../../graphql/errors.ts'
import { showProblem, showToast } from '../../../ui/toasts.tsx'

/** Asks WhatsApp where every template stands; it is done regularly anyway. */
export function SyncButton() {
  const [{ fetching }, sync] = useSyncTemplatesMutation()
  const run = async () => {
    const { error } = await sync({})
    if (error) return showProblem('WhatsApp was not asked', errorSentence(error))
    showToast({
      id: 'sync-templates',
      title: 'Asking WhatsApp',
      message: 'What it has decided appears here by itself.',
      spoken: 'Asking WhatsApp. What it has decided appears here by itself.',
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
