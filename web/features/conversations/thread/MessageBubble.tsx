import { Button, Group } from '@mantine/core'
import type { MessagePartsFragment } from '../../../generated/operations.ts'
import { useDates } from '../../../session/use-dates.ts'
import classes from './MessageBubble.module.css'
import { MessageBody } from '../../messages/MessageBody.tsx'
import { MessageTicks } from '../../messages/MessageTicks.tsx'
import type { PendingReply } from '../reply/outbox.ts'
import { authorName } from './thread.ts'
import { failureReason } from '../../messages/ticks.ts'
import { UnknownMessage } from '../../messages/UnknownMessage.tsx'

/** WhatsApp's code for a free message outside the 24-hour window (Cloud API, "Error codes"). */
const WINDOW_CLOSED = 131_047

type MessageBubbleProps = {
  message: MessagePartsFragment
  first: boolean
  /** Opens the template dialog; offered when a message failed because the 24-hour window was closed. */
  onTemplate?: (() => void) | undefined
}

export function MessageBubble({ message, first, onTemplate }: MessageBubbleProps) {
  const dates = useDates()
  const name = first ? authorName(message) : ''
  return (
    <div className={classes.row} data-direction={message.direction} data-first={first}>
      {name && <span className={classes.author}>{name}</span>}
      <div className={classes.bubble}>
        <MessageBody content={message.content} text={message.text} media={message.media} />
        <div className={classes.meta}>
          <time dateTime={message.occurredAt} title={dates.full(message.occurredAt)}>
            {dates.time(message.occurredAt)}
          </time>
          {message.direction === 'OUTBOUND' && <MessageTicks status={message.status} />}
        </div>
      </div>
      <UnknownMessage message={message} />
      {message.status === 'FAILED' && <p className={classes.problem}>Not delivered: {failureReason(message)}</p>}
      {message.status === 'FAILED' && message.errorCode === WINDOW_CLOSED && onTemplate && (
        <Button mt={4} size="compact-sm" variant="default" onClick={onTemplate}>
          Send a template instead
        </Button>
      )}
    </div>
  )
}

type PendingBubbleProps = { reply: PendingReply; onRetry: () => void; onDiscard: () => void }

/** A reply that the server has not accepted yet. */
export function PendingBubble({ reply, onRetry, onDiscard }: PendingBubbleProps) {
  const dates = useDates()
  return (
    <div className={classes.row} data-direction="OUTBOUND">
      <div className={classes.bubble} data-pending={reply.problem === null}>
        <p className={classes.text}>{reply.text}</p>
        <div className={classes.meta}>
          <time dateTime={reply.at}>{dates.time(reply.at)}</time>
          <MessageTicks status={reply.problem === null ? 'QUEUED' : 'FAILED'} />
        </div>
      </div>
      {reply.problem !== null && (
        <div role="alert">
          <p className={classes.problem}>{reply.problem}</p>
          <Group gap={4} justify="flex-end">
            <Button size="compact-sm" variant="default" onClick={onRetry}>
              Send again
            </Button>
            <Button size="compact-sm" variant="default" onClick={onDiscard}>
              Discard
            </Button>
          </Group>
        </div>
      )}
    </div>
  )
}
