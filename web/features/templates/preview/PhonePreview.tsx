import { SegmentedControl, useComputedColorScheme } from '@mantine/core'
import { useState } from 'react'
import { initials } from '../../../format/people.ts'
import type { MessagePartsFragment } from '../../../generated/operations.ts'
import { MessageBody } from '../../messages/MessageBody.tsx'
import classes from './PhonePreview.module.css'

type PhonePreviewProps = {
  /** Who writes: the shop's name, as the customer reads it. */
  from: string
  /** The filled-in message; null while there is nothing to show. */
  content: MessagePartsFragment['content'] | null
  /** The server is asked again; what is shown is its last answer or a local sketch. */
  busy?: boolean
  /** Said below, e.g. why the server could not fill it in. */
  note?: string | null
}

const SCHEMES = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

/** The message as it looks on the customer's phone, by day and by night. */
export function PhonePreview({ from, content, busy = false, note = null }: PhonePreviewProps) {
  const own = useComputedColorScheme('light')
  const [chosen, setChosen] = useState<string | null>(null)
  const scheme = chosen ?? own
  return (
    <div>
      <div className={classes.phone} data-scheme={scheme} role="group" aria-label="Preview on the customer’s phone">
        <div className={classes.bar}>
          <span className={classes.avatar} aria-hidden="true">
            {initials(from)}
          </span>
          <span className={classes.from}>{from}</span>
        </div>
        <div className={classes.chat} aria-busy={busy}>
          {content ? (
            <div className={classes.bubble}>
              <MessageBody content={content} text="" />
              <span className={classes.time}>now</span>
            </div>
          ) : (
            <p className={classes.empty}>Write a text to see it here.</p>
          )}
        </div>
      </div>
      <div className={classes.below}>
        <SegmentedControl
          size="xs"
          aria-label="Appearance of the preview"
          data={SCHEMES}
          value={scheme}
          onChange={setChosen}
        />
        <p className={classes.note} role="status">
          {note}
        </p>
      </div>
    </div>
  )
}
