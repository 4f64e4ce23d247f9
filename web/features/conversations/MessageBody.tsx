import { Anchor } from '@mantine/core'
import { IconListDetails, IconMapPin, IconPhotoOff, IconShoppingCart, IconCornerDownRight } from '@tabler/icons-react'
import { WhatsAppText } from '../../format/WhatsAppText.tsx'
import type { MessagePartsFragment } from '../../generated/operations.ts'
import classes from './MessageBubble.module.css'

type Content = MessagePartsFragment['content']
type ContentOf<K extends Content['__typename']> = Extract<Content, { __typename: K }>

function Picture({ url, alt }: { url: string | null; alt: string }) {
  if (url) return <img className={classes.picture} src={url} alt={alt} loading="lazy" />
  return (
    <span className={classes.noPicture}>
      <IconPhotoOff size={20} aria-hidden="true" /> The picture is not available
    </span>
  )
}

function Buttons({ content }: { content: ContentOf<'ButtonsContent'> }) {
  return (
    <>
      {content.imageUrl && <Picture url={content.imageUrl} alt="" />}
      <p className={classes.text}>
        <WhatsAppText text={content.body} />
      </p>
      {content.footer && <p className={classes.footer}>{content.footer}</p>}
      <ul className={classes.options} aria-label="Buttons">
        {content.buttons.map((button) => (
          <li key={button.id}>{button.title}</li>
        ))}
      </ul>
    </>
  )
}

function List({ content }: { content: ContentOf<'ListContent'> }) {
  return (
    <>
      <p className={classes.text}>
        <WhatsAppText text={content.body} />
      </p>
      {content.footer && <p className={classes.footer}>{content.footer}</p>}
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

function Place({ content }: { content: ContentOf<'LocationContent'> }) {
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

/** What a message says, in the shape WhatsApp gives its kind. Buttons are the customer's to tap: here they are words. */
export function MessageBody({ content, text }: Pick<MessagePartsFragment, 'content' | 'text'>) {
  switch (content.__typename) {
    case 'TextContent':
      return (
        <p className={classes.text}>
          <WhatsAppText text={content.body} />
        </p>
      )
    case 'ImageContent':
      return (
        <>
          <Picture url={content.url} alt={content.caption ?? 'Photo'} />
          {content.caption && (
            <p className={classes.text}>
              <WhatsAppText text={content.caption} />
            </p>
          )}
        </>
      )
    case 'ButtonsContent':
      return <Buttons content={content} />
    case 'ListContent':
      return <List content={content} />
    case 'ChoiceContent':
      return (
        <p className={classes.fact}>
          <IconCornerDownRight size={18} role="img" aria-label="Chose" />
          <span>{content.title}</span>
        </p>
      )
    case 'LocationContent':
      return <Place content={content} />
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
      return <p className={classes.other}>{text || `A message of the kind “${content.kind}”`}</p>
  }
}
