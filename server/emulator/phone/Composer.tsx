import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'

import type { Action } from './api.ts'
import { AttachSheet } from './AttachSheet.tsx'
import { PlusIcon, SendIcon } from './icons.tsx'

type Props = {
  onSend: (action: Action) => Promise<boolean>
  onPhoto: (file: File, caption: string) => Promise<boolean>
}

/** Input of a message: Enter sends, Shift+Enter starts a new line. */
export function Composer({ onSend, onPhoto }: Props) {
  const [text, setText] = useState('')
  const [attaching, setAttaching] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const body = text.trim()

  // Focus the input where there is a keyboard; on a touch screen the focus would open the on-screen keyboard.
  useEffect(() => {
    if (matchMedia('(hover: hover) and (pointer: fine)').matches) field.current?.focus()
  }, [])

  async function submit(event?: FormEvent): Promise<void> {
    event?.preventDefault()
    if (body === '') return
    setText('')
    field.current?.focus()
    // A text that could not be sent returns to the input, unless the person typed another one meanwhile.
    if (!(await onSend({ kind: 'text', body }))) setText((now) => (now === '' ? text : now))
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    void submit()
  }

  return (
    <>
      <form className="composer" onSubmit={(event) => void submit(event)}>
        <button
          type="button"
          className="icon-button"
          aria-label="Attach"
          aria-haspopup="dialog"
          onClick={() => setAttaching(true)}
        >
          <PlusIcon />
        </button>
        <textarea
          ref={field}
          rows={1}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          placeholder="Message"
          aria-label="Message"
          maxLength={4096}
          enterKeyHint="send"
          autoComplete="off"
        />
        <button type="submit" className="send" aria-label="Send" disabled={body === ''}>
          <SendIcon />
        </button>
      </form>
      {attaching && (
        <AttachSheet
          onClose={() => setAttaching(false)}
          onSend={async (action) => {
            setAttaching(false)
            await onSend(action)
          }}
          onPhoto={async (file) => {
            setAttaching(false)
            if (await onPhoto(file, body)) setText('')
          }}
        />
      )}
    </>
  )
}
