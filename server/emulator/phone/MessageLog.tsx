import { Fragment, useLayoutEffect, useRef, useState } from 'react'

import type { ChatMessage } from '../state/model.ts'
import type { Action } from './api.ts'
import { dayOf, formatDay } from './format.ts'
import { DownIcon } from './icons.tsx'
import { ListSheet } from './ListSheet.tsx'
import { MessageBubble } from './MessageBubble.tsx'

type Props = {
  messages: readonly ChatMessage[]
  typing: boolean
  shopName: string
  onSend: (action: Action) => void
}

// Within this distance of the end, the log scrolls to new messages.
const nearPx = 120

export function MessageLog({ messages, typing, shopName, onSend }: Props) {
  const log = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const shown = useRef('')
  const [away, setAway] = useState(false)
  const [openList, setOpenList] = useState<string>()
  const last = messages.at(-1)

  const toEnd = () => log.current?.scrollTo({ top: log.current.scrollHeight })
  const onScroll = () => {
    const element = log.current
    if (element === null) return
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx
    setAway(!atEnd.current)
  }
  // Runs for each new message, and when the typing indicator changes.
  useLayoutEffect(() => {
    const marker = `${last?.wamid} ${typing}`
    if (marker === shown.current) return
    shown.current = marker
    if (atEnd.current || last?.from === 'customer') log.current?.scrollTo({ top: log.current.scrollHeight })
  })

  const byWamid = new Map(messages.map((message) => [message.wamid, message]))
  const chosen = new Set(messages.flatMap((m) => (m.body.kind === 'choice' ? [`${m.contextWamid} ${m.body.id}`] : [])))
  const listed = openList === undefined ? undefined : byWamid.get(openList)

  return (
    <div className="log-frame">
      <div
        className="log"
        ref={log}
        onScroll={onScroll}
        role="log"
        aria-live="polite"
        aria-label="Messages"
        tabIndex={0}
      >
        {messages.length === 0 && (
          <p className="note">
            Messages to this shop stay on this computer. Write <strong>hi</strong> to begin.
          </p>
        )}
        {messages.map((message, index) => {
          const before = messages[index - 1]
          const newDay = before === undefined || dayOf(before.at) !== dayOf(message.at)
          return (
            <Fragment key={message.wamid}>
              {newDay && (
                <p className="day">
                  <span>{formatDay(message.at)}</span>
                </p>
              )}
              <MessageBubble
                message={message}
                tail={newDay || before.from !== message.from}
                quoted={message.contextWamid === undefined ? undefined : byWamid.get(message.contextWamid)}
                isChosen={(choiceId) => chosen.has(`${message.wamid} ${choiceId}`)}
                shopName={shopName}
                onTap={(choiceId) => onSend({ kind: 'tap', messageWamid: message.wamid, choiceId })}
                onOpenList={() => setOpenList(message.wamid)}
                onImageLoad={() => atEnd.current && toEnd()}
              />
            </Fragment>
          )
        })}
        {typing && (
          <div className="bubble-row from-shop">
            <div className="bubble tail typing" role="status" aria-label={`${shopName} is typing`}>
              <span />
              <span />
              <span />
            </div>
          </div>
        )}
      </div>
      {away && (
        <button type="button" className="to-end" onClick={toEnd} aria-label="To the newest message">
          <DownIcon />
        </button>
      )}
      {listed?.body.kind === 'list' && (
        <ListSheet
          list={listed.body}
          onClose={() => setOpenList(undefined)}
          onChoose={(choiceId) => {
            setOpenList(undefined)
            onSend({ kind: 'tap', messageWamid: listed.wamid, choiceId })
          }}
        />
      )}
    </div>
  )
}
