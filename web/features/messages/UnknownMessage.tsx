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
  MARK_DELIVERED: 'Mark as delivered',
  MARK_FAILED: 'Mark as not delivered',
}
const NOT_CHANGED = 'The message was not changed'

/** Explains that the delivery of a message is unknown and offers the allowed actions; renders nothing for other messages. */
export function UnknownMessage({ message }: { message: UnknownMessageFragment }) {
  const [{ fetching }, settle] = useSettleMessageMutation()
  if (message.status !== 'UNKNOWN') return null
  const decide = async (action: MessageAction) => {
    const input = { messageId: message.id, action, idempotencyKey: createIdempotencyKey() }
    const { data, error } = await settle({ input })
    if (error) showProblem(NOT_CHANGED, errorSentence(error))
    else if (data && data.settleMessage.__typename !== 'Message') showProblem(NOT_CHANGED, data.settleMessage.message)
  }
  return (
    <div className={classes.unknown}>
      <p className={classes.explanation}>
        WhatsApp did not answer, so we do not know whether this message was delivered.
        {message.errorMessage !== null && ` Another attempt was rejected: ${failureReason(message)}.`}
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
