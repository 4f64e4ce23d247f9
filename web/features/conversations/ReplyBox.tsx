import { ActionIcon, Textarea } from '@mantine/core'
import { IconClockPause, IconEye, IconSend2 } from '@tabler/icons-react'
import { useRef, useState, type KeyboardEvent } from 'react'
import { customerName } from '../../format/people.ts'
import type { ConversationRowFragment } from '../../generated/operations.ts'
import { useNow } from '../../ui/use-now.ts'
import { useCanAct } from '../staff/session.ts'
import classes from './ReplyBox.module.css'
import { replyWindow } from './reply-window.ts'

const LONGEST_TEXT = 4096

type ReplyBoxProps = { conversation: ConversationRowFragment; onSend: (text: string) => void }

function Locked({ icon: Icon, title, text }: { icon: typeof IconEye; title: string; text: string }) {
  return (
    <p className={classes.locked} role="note">
      <Icon size={20} stroke={1.7} aria-hidden="true" />
      <span>
        <b>{title}</b>
        {text}
      </span>
    </p>
  )
}

export function ReplyBox({ conversation, onSend }: ReplyBoxProps) {
  const [text, setText] = useState('')
  const input = useRef<HTMLTextAreaElement>(null)
  const canAct = useCanAct()
  const { open, closesIn } = replyWindow(conversation.windowExpiresAt, useNow(15_000))
  const name = customerName(conversation.customer)

  if (!canAct) return <Locked icon={IconEye} title="You can read along" text="Your role does not send messages." />
  if (!open) {
    return (
      <Locked
        icon={IconClockPause}
        title="The 24-hour window has closed"
        text={`WhatsApp takes free messages only within 24 hours of the customer's last one. You can write again as soon as ${name} does.`}
      />
    )
  }

  const send = () => {
    if (!text.trim()) return
    onSend(text.trim())
    setText('')
    input.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter that ends the composition of a character (Japanese, Korean, …) is not for us.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }
  const hint =
    conversation.mode === 'BOT'
      ? 'The bot is answering. Your reply takes the chat over.'
      : 'Enter sends, Shift+Enter breaks the line.'
  return (
    <form
      className={classes.box}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <div className={classes.row}>
        <Textarea
          ref={input}
          className={classes.input}
          aria-label={`Reply to ${name}`}
          placeholder="Write a reply"
          autosize
          minRows={1}
          maxRows={6}
          maxLength={LONGEST_TEXT}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <ActionIcon type="submit" size={36} aria-label="Send" disabled={!text.trim()}>
          <IconSend2 size={19} />
        </ActionIcon>
      </div>
      <p className={classes.hint}>{closesIn ? `The 24-hour window closes in ${closesIn}. ${hint}` : hint}</p>
    </form>
  )
}
