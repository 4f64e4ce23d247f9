import { ActionIcon, Button, Textarea } from '@mantine/core'
import { IconClockPause, IconEye, IconSend2, IconTemplate } from '@tabler/icons-react'
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { customerName } from '../../../format/people.ts'
import type { ConversationRowFragment } from '../../../generated/operations.ts'
import { useNow } from '../../../ui/use-now.ts'
import { useCanAct } from '../../../session/viewer.ts'
import classes from './ReplyBox.module.css'
import { replyWindow } from '../../messages/reply-window.ts'

const MAX_TEXT_LENGTH = 4096

type ReplyBoxProps = {
  conversation: ConversationRowFragment
  onSend: (text: string) => void
  onTemplate: () => void
}

type LockedProps = { icon: typeof IconEye; title: string; text: string; children?: ReactNode }

function Locked({ icon: Icon, title, text, children }: LockedProps) {
  return (
    <div className={classes.locked} role="note">
      <Icon size={20} stroke={1.7} aria-hidden="true" />
      <p className={classes.why}>
        <b>{title}</b>
        {text}
      </p>
      {children}
    </div>
  )
}

export function ReplyBox({ conversation, onSend, onTemplate }: ReplyBoxProps) {
  const [text, setText] = useState('')
  const input = useRef<HTMLTextAreaElement>(null)
  const canAct = useCanAct()
  const { open, closesIn } = replyWindow(conversation.windowExpiresAt, useNow(15_000))
  const name = customerName(conversation.customer)

  if (!canAct)
    return <Locked icon={IconEye} title="You can only read" text="Your role does not allow you to send messages." />
  if (!open) {
    return (
      <Locked
        icon={IconClockPause}
        title="The 24-hour window has closed"
        text={`WhatsApp delivers other messages only within 24 hours of the customer’s last one. You can send ${name} an approved template at any time.`}
      >
        <Button flex="none" leftSection={<IconTemplate size={17} aria-hidden="true" />} onClick={onTemplate}>
          Send template
        </Button>
      </Locked>
    )
  }

  const send = () => {
    if (!text.trim()) return
    onSend(text.trim())
    setText('')
    input.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter may also end the composition of a character (Japanese, Korean, …).
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }
  const hint =
    conversation.mode === 'BOT'
      ? 'The bot is answering. Your reply takes the chat over.'
      : 'Enter sends, Shift+Enter starts a new line.'
  return (
    <form
      className={classes.box}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <div className={classes.row}>
        <ActionIcon
          variant="default"
          size={36}
          aria-label="Send a template"
          title="Send a template"
          onClick={onTemplate}
        >
          <IconTemplate size={19} />
        </ActionIcon>
        <Textarea
          ref={input}
          className={classes.input}
          aria-label={`Reply to ${name}`}
          placeholder="Write a reply"
          autosize
          minRows={1}
          maxRows={6}
          maxLength={MAX_TEXT_LENGTH}
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
