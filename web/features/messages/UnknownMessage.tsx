import { Button, Group } from '@mantine/core'
import { useSettleMessageMutation } from '../../generated/hooks.ts'
import type { MessageAction, UnknownMessageFragment } from '../../generated/operations.ts'
import { errorSentence } from '../../graphql/errors.ts'
import { createIdempotencyKey } from '../../graphql/idempotency-key.ts'
import { showProblem } from '../../ui/toasts.tsx'
import { failureReason } from './ticks.ts'
import classes from './UnknownMessage.module.css'

const LABELS: Record<MessageAction, string> = {
  SEND_AGAIN: 'Send again',
  MARK_DELIVERED: 'It arrived',
  MARK_FAILED: 'It did not arrive',
}
const NOT_SETTLED = 'The message was left as it is'

/** Says that nobody knows whether the message arrived, and offers what staff can do; nothing for any other message. */
export function UnknownMessage({ message }: { message: UnknownMessageFragment }) {
  const [{ fetching }, settle] = useSettleMessageMutation()
  if (message.status !== 'UNKNOWN') return null
  const decide = async (action: MessageAction) => {
    const input = { messageId: message.id, action, idempotencyKey: createIdempotencyKey() }
    const { data, error } = await settle({ input })
    if (error) showProblem(NOT_SETTLED, errorSentence(error))
    else if (data && data.settleMessage.__typename !== 'Message') showProblem(NOT_SETTLED, data.settleMessage.message)
  }
  return (
    <div className={classes.unknown}>
      <p className={classes.explanation}>
        We do not know whether it arrived: WhatsApp did not answer.
        {message.errorMessage !== null && ` Another try was refused: ${failureReason(message)}.`}
      </p>
      <Group gap={4}>
        {message.allowedActions.map((action) => (
          <Button
            key={action}
            size="compact-sm"
            variant="default"
            disabled={fetching}
            onClick={() => void decide(action)}
          >
            {LABELS[action]}
          </Button>
        ))}
      </Group>
    </div>
  )
}
