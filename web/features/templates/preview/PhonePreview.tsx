import { SegmentedControl, useComputedColorScheme } from '@mantine/core'
import { useState } from 'react'
import { initials } from '../../../format/people.ts'
import type { MessagePartsFragment } from '../../../generated/operations.ts'
import { MessageBody } from '../../messages/MessageBody.tsx'
import classes from './PhonePreview.module.css'

type PhonePreviewProps = {
  /** The sender's name that the customer sees: the shop's. */
  from: string
  /** The filled-in message; null while there is nothing to show. */
  content: MessagePartsFragment['content'] | null
  /** A newer preview is loading; the shown one is the last answer or a local sketch. */
  busy?: boolean
  /** A note below, e.g. why the message cannot be sent yet. */
  note?: string | null
}

const SCHEMES = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

/** The message as it looks on the customer's phone, in light and dark mode. */
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
            <p className={classes.empty}>Write the body to see a preview.</p>
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
