import { Anchor } from '@mantine/core'
import { IconUserExclamation } from '@tabler/icons-react'
import { customerName } from '../../format/people.ts'
import type { LiveEvent } from '../../graphql/follow-events.ts'
import { paths } from '../../paths.ts'
import { hideToast, showToast } from '../../ui/toasts.tsx'

type Handoff = Extract<LiveEvent, { __typename: 'ConversationHandoffEvent' }>

const HANDOFF_REASONS = {
  CUSTOMER_ASKED: 'Asked for a human',
  BOT_FAILED: 'The bot could not help',
  BOT_LOST: 'The bot could not read the message',
  PROBLEM_REPORTED: 'Reported a problem with an order',
}

/** Shows a toast when a customer waits for a human, but not when a colleague took the chat over. */
export function handoffToast({ mode, handoffReason, conversation }: Handoff, navigate: (to: string) => void): void {
  if (mode !== 'HUMAN' || handoffReason === 'STAFF_TOOK_OVER') return
  const id = `handoff-${conversation.id}`
  const name = customerName(conversation.customer)
  const why = HANDOFF_REASONS[handoffReason ?? 'CUSTOMER_ASKED']
  const open = () => {
    hideToast(id)
    navigate(paths.conversation(conversation.id))
  }
  showToast({
    id,
    title: `${name} needs you`,
    spoken: `${name} needs a human. ${why}.`,
    icon: <IconUserExclamation size={18} aria-hidden="true" />,
    message: (
      <>
        {why} ·{' '}
        <Anchor component="button" type="button" size="sm" underline="always" onClick={open}>
          Open chat
        </Anchor>
      </>
    ),
  })
}
