import type { ChatMessage } from '../model.ts'
import { formatTime } from './format.ts'
import { LinkIcon, ListIcon, ReplyIcon, Ticks } from './icons.tsx'
import { MessageBody } from './MessageBody.tsx'
import { previewOf } from './preview.ts'

type Props = {
  message: ChatMessage
  /** First of a run by the same side: gets the little tail. */
  tail: boolean
  quoted: ChatMessage | undefined
  /** Whether the customer has tapped this button before. */
  isChosen: (choiceId: string) => boolean
  shopName: string
  onTap: (choiceId: string) => void
  onOpenList: () => void
  onPicture: () => void
}

function Quote({ message, shopName }: { message: ChatMessage; shopName: string }) {
  return (
    <div className={`quote quote-${message.from}`}>
      <span className="quote-name">{message.from === 'shop' ? shopName : 'You'}</span>
      <span className="quote-text">{previewOf(message)}</span>
    </div>
  )
}

function Choices({
  message,
  isChosen,
  onTap,
  onOpenList,
}: Pick<Props, 'message' | 'isChosen' | 'onTap' | 'onOpenList'>) {
  const { body } = message
  if (body.kind === 'buttons') {
    return (
      <div className="choices">
        {body.buttons.map((button) => (
          <button
            key={button.id}
            type="button"
            className={isChosen(button.id) ? 'choice chosen' : 'choice'}
            onClick={() => onTap(button.id)}
          >
            <ReplyIcon />
            {button.title}
          </button>
        ))}
      </div>
    )
  }
  if (body.kind === 'list') {
    return (
      <div className="choices">
        <button type="button" className="choice" onClick={onOpenList} aria-haspopup="dialog">
          <ListIcon />
          {body.button}
        </button>
      </div>
    )
  }
  if (body.kind === 'link' && /^https?:/.test(body.url)) {
    return (
      <div className="choices">
        <a className="choice" href={body.url} target="_blank" rel="noreferrer noopener">
          <LinkIcon />
          {body.label}
        </a>
      </div>
    )
  }
  return null
}

/** One message with its quote, time, ticks, reactions and what can be tapped. */
export function MessageBubble(props: Props) {
  const { message, quoted, shopName } = props
  const mine = message.from === 'customer'
  const reactions = [...new Set(Object.values(message.reactions ?? {}))]
  const hasPicture = message.body.kind === 'image' || (message.body.kind === 'buttons' && message.body.image)
  const onlyPicture = message.body.kind === 'image' && !message.body.caption
  const classes = [
    'bubble',
    props.tail && 'tail',
    hasPicture && 'with-picture',
    onlyPicture && 'only-picture',
    reactions.length > 0 && 'reacted',
  ]
  return (
    <div className={`bubble-row from-${message.from}`}>
      <article className={classes.filter(Boolean).join(' ')} aria-label={mine ? 'You' : shopName}>
        <div className="bubble-main">
          {quoted && <Quote message={quoted} shopName={shopName} />}
          <MessageBody message={message} onPicture={props.onPicture} />
          <span className="meta">
            <time dateTime={new Date(message.at).toISOString()}>{formatTime(message.at)}</time>
            {mine && <Ticks status={message.status} />}
          </span>
        </div>
        <Choices {...props} />
        {reactions.length > 0 && <span className="reactions">{reactions.join('')}</span>}
      </article>
    </div>
  )
}
