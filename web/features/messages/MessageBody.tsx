import { Anchor } from '@mantine/core'
import {
  IconCornerDownRight,
  IconExternalLink,
  IconListDetails,
  IconMapPin,
  IconPhotoOff,
  IconShoppingCart,
} from '@tabler/icons-react'
import { WhatsAppText } from '../../format/WhatsAppText.tsx'
import type { MessagePartsFragment } from '../../generated/operations.ts'
import classes from './MessageBody.module.css'
import { MessagePhoto } from './MessagePhoto.tsx'

type Content = MessagePartsFragment['content']
type ContentOf<K extends Content['__typename']> = Extract<Content, { __typename: K }>

function Photo({ url, alt }: { url: string | null; alt: string }) {
  if (url) return <img className={classes.image} src={url} alt={alt} loading="lazy" />
  return (
    <span className={classes.noImage}>
      <IconPhotoOff size={20} aria-hidden="true" /> The image is not available
    </span>
  )
}

/** The texts of a message, each with its own direction, so that Arabic and Hebrew run right to left. */
function Texts({ header, body, footer }: { header?: string | null; body: string; footer?: string | null }) {
  return (
    <>
      {header && (
        <p className={classes.header} dir="auto">
          {header}
        </p>
      )}
      <p className={classes.text} dir="auto">
        <WhatsAppText text={body} />
      </p>
      {footer && (
        <p className={classes.footer} dir="auto">
          {footer}
        </p>
      )}
    </>
  )
}

function Buttons({ content }: { content: ContentOf<'ButtonsContent'> }) {
  return (
    <>
      {content.imageUrl && <Photo url={content.imageUrl} alt="" />}
      <Texts {...content} />
      <ul className={classes.options} aria-label="Buttons">
        {content.buttons.map((button) => (
          <li key={button.id}>
            <bdi>{button.title}</bdi>
          </li>
        ))}
      </ul>
    </>
  )
}

function List({ content }: { content: ContentOf<'ListContent'> }) {
  return (
    <>
      <Texts {...content} />
      <details className={classes.list}>
        <summary>
          <IconListDetails size={16} aria-hidden="true" /> {content.button}
        </summary>
        {content.sections.map((section, index) => (
          <div key={section.title || index}>
            {section.title && <p className={classes.sectionTitle}>{section.title}</p>}
            <ul className={classes.rows}>
              {section.rows.map((row) => (
                <li key={row.id}>
                  {row.title}
                  {row.description && <span className={classes.footer}> {row.description}</span>}
                </li>
              ))}
            </ul>
          </div>
        ))}
      </details>
    </>
  )
}

function MapLocation({ content }: { content: ContentOf<'LocationContent'> }) {
  const { latitude, longitude } = content
  return (
    <p className={classes.fact}>
      <IconMapPin size={20} aria-hidden="true" />
      <span>
        {content.name ?? 'Location'}
        {content.address && <span className={classes.block}>{content.address}</span>}
        <Anchor
          className={classes.block}
          size="sm"
          underline="always"
          c="inherit"
          target="_blank"
          rel="noreferrer"
          href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`}
        >
          Show on a map
        </Anchor>
      </span>
    </p>
  )
}

type MessageBodyProps = Pick<MessagePartsFragment, 'content' | 'text'> & {
  /** The image that the customer attached. */
  media?: MessagePartsFragment['media']
}

/** The content of a message, laid out as in WhatsApp. Buttons are plain text here, since only the customer can tap them. */
export function MessageBody({ content, text, media = null }: MessageBodyProps) {
  switch (content.__typename) {
    case 'TextContent':
      return <Texts body={content.body} />
    case 'ImageContent':
      return (
        <>
          {media ? (
            <MessagePhoto media={media} caption={content.caption} />
          ) : (
            <Photo url={content.url} alt={content.caption ?? 'Photo'} />
          )}
          {content.caption && <Texts body={content.caption} />}
        </>
      )
    case 'ButtonsContent':
      return <Buttons content={content} />
    case 'ListContent':
      return <List content={content} />
    case 'LinkContent':
      return (
        <>
          <Texts {...content} />
          <p className={classes.linkLabel}>
            <Anchor href={content.href} target="_blank" rel="noreferrer" c="inherit" inherit>
              <IconExternalLink size={16} aria-hidden="true" /> <bdi>{content.label}</bdi>
            </Anchor>
          </p>
        </>
      )
    case 'TemplateContent':
      return (
        <>
          {content.headerImageUrl && <Photo url={content.headerImageUrl} alt="" />}
          <Texts body={content.body} />
          <p className={classes.source}>Template {content.template}</p>
        </>
      )
    case 'ChoiceContent':
      return (
        <p className={classes.fact}>
          <IconCornerDownRight size={18} role="img" aria-label="Chose" />
          <span>{content.title}</span>
        </p>
      )
    case 'LocationContent':
      return <MapLocation content={content} />
    case 'CartContent':
      return (
        <div className={classes.fact}>
          <IconShoppingCart size={20} aria-hidden="true" />
          <div>
            Cart
            <ul className={classes.rows}>
              {content.items.map((item) => (
                <li key={item.sku}>
                  {item.quantity} × {item.sku}
                </li>
              ))}
            </ul>
          </div>
        </div>
      )
    case 'OtherContent':
      return media ? (
        <MessagePhoto media={media} caption={text} />
      ) : (
        <p className={classes.other}>{text || `Unsupported message: ${content.kind}`}</p>
      )
  }
}
