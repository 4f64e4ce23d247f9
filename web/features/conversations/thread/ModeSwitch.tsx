import { Button } from '@mantine/core'
import { IconHeadset, IconRobot } from '@tabler/icons-react'
import type { CombinedError } from 'urql'
import { useResumeBotMutation, useTakeOverConversationMutation } from '../../../generated/hooks.ts'
import type { ConversationRowFragment, ResumeBotMutation } from '../../../generated/operations.ts'
import { errorSentence } from '../../../graphql/errors.ts'
import { createIdempotencyKey } from '../../../graphql/idempotency-key.ts'
import { showProblem } from '../../../ui/toasts.tsx'
import { useCanAct } from '../../../session/viewer.ts'
import classes from '../Conversations.module.css'

function report(error: CombinedError | undefined, outcome: ResumeBotMutation['resumeBot'] | undefined): void {
  if (error) showProblem('The chat was not handed over', errorSentence(error))
  else if (outcome && outcome.__typename !== 'Conversation')
    showProblem('The chat was not handed over', outcome.message)
}

/** The button that takes the chat over from the bot, or hands it back. */
export function ModeSwitch({ conversation }: { conversation: ConversationRowFragment }) {
  const [taking, takeOver] = useTakeOverConversationMutation()
  const [resuming, resumeBot] = useResumeBotMutation()
  const canAct = useCanAct()
  if (!canAct) return null

  const input = () => ({ input: { conversationId: conversation.id, idempotencyKey: createIdempotencyKey() } })
  if (conversation.mode === 'BOT') {
    const take = async () => {
      const { data, error } = await takeOver(input())
      report(error, data?.takeOverConversation)
    }
    return (
      <Button
        variant="default"
        flex="none"
        px="sm"
        loading={resuming.fetching}
        leftSection={<IconHeadset size={17} className={classes.switchIcon} />}
        onClick={take}
      >
        Take over
      </Button>
    )
  }
  const resume = async () => {
    const { data, error } = await resumeBot(input())
    report(error, data?.resumeBot)
  }
  return (
    <Button
      variant="default"
      flex="none"
      px="sm"
      loading={taking.fetching}
      leftSection={<IconRobot size={17} className={classes.switchIcon} />}
      onClick={resume}
    >
      Hand to bot
    </Button>
  )
}
