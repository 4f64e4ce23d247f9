import { Fragment, type ReactNode } from 'react'

import type { Rich } from './rich-text.ts'
import { parseRichText } from './rich-text.ts'

const tags = { bold: 'strong', italic: 'em', strike: 's' } as const

function render(part: Rich): ReactNode {
  if (part.kind === 'text') return part.text
  if (part.kind === 'mono') return <code>{part.text}</code>
  if (part.kind === 'link') {
    return (
      <a href={part.href} target="_blank" rel="noreferrer noopener">
        {part.text}
      </a>
    )
  }
  const Tag = tags[part.kind]
  return <Tag>{renderAll(part.children)}</Tag>
}

// Parts of a text have no identity: their index is the key.
const renderAll = (parts: readonly Rich[]): ReactNode =>
  parts.map((part, index) => <Fragment key={`${index}`}>{render(part)}</Fragment>)

/** Text with WhatsApp's formatting and clickable links. */
export function RichText({ text }: { text: string }) {
  return <>{renderAll(parseRichText(text))}</>
}
