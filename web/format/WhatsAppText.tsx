import { Fragment, type ReactNode } from 'react'

// WhatsApp's own marks (faq.whatsapp.com/539178204879377): they count only around a phrase, not inside words.
const FORMATTED =
  /(?<![\p{L}\p{N}])(?:\*(?!\s)([^*\n]+?)(?<!\s)\*|_(?!\s)([^_\n]+?)(?<!\s)_|~(?!\s)([^~\n]+?)(?<!\s)~)(?![\p{L}\p{N}])/gu

/** Text with WhatsApp's formatting: *bold*, _italic_ and ~strikethrough~, line breaks kept. */
export function WhatsAppText({ text }: { text: string }) {
  const parts: ReactNode[] = []
  let from = 0
  for (const match of text.matchAll(FORMATTED)) {
    const [whole, bold, italic, struck] = match
    parts.push(text.slice(from, match.index))
    if (bold) parts.push(<strong>{bold}</strong>)
    else if (italic) parts.push(<em>{italic}</em>)
    else parts.push(<s>{struck}</s>)
    from = match.index + whole.length
  }
  parts.push(text.slice(from))
  // The parts of one text never move, so the index is the key.
  return parts.map((part, index) => <Fragment key={index}>{part}</Fragment>)
}
