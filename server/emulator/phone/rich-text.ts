/** WhatsApp's inline formatting (FAQ, "How to format your messages"): *bold*, _italic_, ~strike~, `code`, ```mono```. */
export type Rich =
  | { kind: 'text'; text: string }
  | { kind: 'bold' | 'italic' | 'strike'; children: Rich[] }
  | { kind: 'mono'; text: string }
  | { kind: 'link'; text: string; href: string }

const marks = { '*': 'bold', _: 'italic', '~': 'strike' } as const
// A mark opens after a non-word character and before a visible one; it closes in the mirrored position on the same line.
const pattern = new RegExp(
  [
    '```(?<mono>[^]+?)```',
    '(?<![\\p{L}\\p{N}`])`(?<code>[^`\\n]+)`(?![\\p{L}\\p{N}`])',
    '(?<link>https?:\\/\\/[^\\s<>"]+[^\\s<>".,;:!?\')\\]*_~])',
    '(?<![\\p{L}\\p{N}*_~])(?<mark>[*_~])(?=\\S)(?<inner>[^\\n]*?\\S)\\k<mark>(?![\\p{L}\\p{N}])',
  ].join('|'),
  'gu',
)

export function parseRichText(text: string): Rich[] {
  const parts: Rich[] = []
  let end = 0
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) })
    end = match.index + match[0].length
    const { mono, code, link, mark, inner } = match.groups ?? {}
    const fixed = mono ?? code
    if (fixed !== undefined) parts.push({ kind: 'mono', text: fixed })
    else if (link !== undefined) parts.push({ kind: 'link', text: link, href: link })
    else parts.push({ kind: marks[mark as keyof typeof marks], children: parseRichText(inner ?? '') })
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) })
  return parts
}
