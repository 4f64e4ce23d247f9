import { useState } from 'react'

import type { ChatMessage } from '../state/model.ts'
import { messageImageUrl } from './api.ts'
import { formatTime } from './format.ts'
import { PinIcon } from './icons.tsx'
import { RichText } from './RichText.tsx'

function MessageImage({ wamid, onLoad }: { wamid: string; onLoad: () => void }) {
  const [failed, setFailed] = useState(false)
  if (failed) return <div className="image image-failed">The image cannot be shown</div>
  const url = messageImageUrl(wamid)
  return (
    <a className="image" href={url} target="_blank" rel="noreferrer noopener" aria-label="Open the image">
      <img src={url} alt="" onLoad={onLoad} onError={() => setFailed(true)} />
    </a>
  )
}

/** Reserves space at the end of the last line for time and ticks, which overlay it. */
const MetaSpace = ({ at }: { at: number }) => (
  <span className="meta-space" data-time={formatTime(at)} aria-hidden="true" />
)

type TextProps = { at: number; text: string; footer?: string | undefined; header?: string | undefined }

function Text({ at, text, footer, header }: TextProps) {
  return (
    <>
      {header && <p className="text header">{header}</p>}
      <p className="text">
        <RichText text={text} />
        {!footer && <MetaSpace at={at} />}
      </p>
      {footer && (
        <p className="text footer">
          {footer}
          <MetaSpace at={at} />
        </p>
      )}
    </>
  )
}

export function MessageBody({ message, onImageLoad }: { message: ChatMessage; onImageLoad: () => void }) {
  const { at, body, wamid } = message
  switch (body.kind) {
    case 'text':
      return <Text at={at} text={body.text} />
    case 'image':
      return (
        <>
          <MessageImage wamid={wamid} onLoad={onImageLoad} />
          {body.caption && <Text at={at} text={body.caption} />}
        </>
      )
    case 'buttons':
    case 'template':
      return (
        <>
          {body.image && <MessageImage wamid={wamid} onLoad={onImageLoad} />}
          <Text at={at} text={body.text} footer={body.footer} header={body.header} />
        </>
      )
    case 'list':
    case 'link':
      return <Text at={at} text={body.text} footer={body.footer} header={body.header} />
    case 'choice':
      return (
        <p className="text">
          {body.title}
          {body.description && <span className="choice-description">{body.description}</span>}
          <MetaSpace at={at} />
        </p>
      )
    case 'location':
      return (
        <>
          <div className="map" aria-hidden="true">
            <PinIcon />
          </div>
          <p className="text">
            <strong>{body.name ?? 'Location'}</strong>
            <span className="choice-description">
              {body.address ?? `${body.latitude.toFixed(5)}, ${body.longitude.toFixed(5)}`}
            </span>
            <MetaSpace at={at} />
          </p>
        </>
      )
    case 'cart':
      return (
        <div className="text">
          <strong>Cart</strong>
          <ul className="cart-lines">
            {body.items.map((item) => (
              <li key={item.sku}>
                {item.quantity} × {item.sku}
              </li>
            ))}
          </ul>
          <MetaSpace at={at} />
        </div>
      )
    case 'other':
      return (
        <p className="text muted">
          This phone cannot show a message of type “{body.type}”.
          <MetaSpace at={at} />
        </p>
      )
  }
}
