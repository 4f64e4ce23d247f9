import type { ChatMessage } from '../state/model.ts'
import { formatTime } from './format.ts'
import { LinkIcon, ListIcon, ReplyIcon, Ticks } from './icons.tsx'
import { MessageBody } from './MessageBody.tsx'
import { previewOf } from './preview.ts'

type Props = {
  message: ChatMessage
  /** First message of a run by the same side: its bubble has a tail. */
  tail: boolean
  quoted: ChatMessage | undefined
  /** Whether the customer has already tapped this button. */
  isChosen: (choiceId: string) => boolean
  shopName: string
  onTap: (choiceId: string) => void
  onOpenList: () => void
  onImageLoad: () => void
}

function Quote({ message, shopName }: { message: ChatMessage; shopName: string }) {
  return (
    <div className={`quote quote-${message.from}`}>
      <span className="quote-name">{message.from === 'shop' ? shopName : 'You'}</span>
      <span className="quote-text">{previewOf(message)}</span>
    </div>
  )
}

/** Opens the URL in a new tab, as a phone opens its browser. */
function LinkChoice({ url, title }: { url: string; title: string }) {
  if (!/^https?:/.test(url)) return null
  return (
    <a className="choice" href={url} target="_blank" rel="noreferrer noopener">
      <LinkIcon />
      {title}
    </a>
  )
}

type TemplateButton = Extract<ChatMessage['body'], { kind: 'template' }>['buttons'][number]

function TemplateChoice({ button, isChosen, onTap }: Pick<Props, 'isChosen' | 'onTap'> & { button: TemplateButton }) {
  switch (button.type) {
    case 'url':
      return <LinkChoice url={button.url} title={button.title} />
    case 'phone':
      return (
        <a className="choice" href={`tel:${button.phone}`}>
          {button.title}
        </a>
      )
    case 'copy':
      return (
        <button type="button" className="choice" onClick={() => void navigator.clipboard.writeText(button.code)}>
          {button.title}
        </button>
      )
    case 'reply':
      return (
        <button
          type="button"
          className={isChosen(button.id) ? 'choice chosen' : 'choice'}
          onClick={() => onTap(button.id)}
        >
          <ReplyIcon />
          {button.title}
        </button>
      )
  }
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
  if (body.kind === 'link') {
    return (
      <div className="choices">
        <LinkChoice url={body.url} title={body.label} />
      </div>
    )
  }
  if (body.kind === 'template' && body.buttons.length > 0) {
    return (
      <div className="choices">
        {body.buttons.map((button) => (
          <TemplateChoice key={button.title} button={button} isChosen={isChosen} onTap={onTap} />
        ))}
      </div>
    )
  }
  return null
}

/** One message with its quote, time, ticks, reactions and choices. */
export function MessageBubble(props: Props) {
  const { message, quoted, shopName } = props
  const mine = message.from === 'customer'
  const reactions = [...new Set(Object.values(message.reactions ?? {}))]
  const { body } = message
  const hasImage = body.kind === 'image' || ('image' in body && body.image !== undefined)
  const onlyImage = message.body.kind === 'image' && !message.body.caption
  const classes = [
    'bubble',
    props.tail && 'tail',
    hasImage && 'with-image',
    onlyImage && 'only-image',
    reactions.length > 0 && 'reacted',
  ]
  return (
    <div className={`bubble-row from-${message.from}`}>
      <article className={classes.filter(Boolean).join(' ')} aria-label={mine ? 'You' : shopName}>
        <div className="bubble-main">
          {quoted && <Quote message={quoted} shopName={shopName} />}
          <MessageBody message={message} onImageLoad={props.onImageLoad} />
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
