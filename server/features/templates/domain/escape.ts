/**
 * Escapes values, so that none can change the message around it. Values come from customers and forms; the text around them
 * is the merchant's.
 */

// Unreadable characters: C0 and C1 controls apart from tab and line breaks, characters that change the
// direction of the text around them (Unicode UAX #9, embeddings, overrides and isolates), the byte order mark.
// oxlint-disable-next-line no-control-regex -- the pattern matches control characters
const UNREADABLE = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u2069\uFEFF]/g
const LONE_SURROGATE = /\p{Surrogate}/gu
const WORD = /[\p{L}\p{N}\p{M}]/u

// WhatsApp has no escape character, so a formatting character is replaced by a similar one.
// https://faq.whatsapp.com/539178204879377 ("How to format your messages")
const DOUBLES: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' }
const WORD_JOINER = '\u2060'

/** Replaces characters that no chat can show, and normalises line breaks to `\n`. */
export const readable = (value: string): string =>
  value
    .replace(LONE_SURROGATE, '\uFFFD')
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(UNREADABLE, '')

/**
 * Escapes a text for a message: its markup and braces have no effect, and a line break begins neither a list nor a
 * quotation. `multiline: false` is for parameters of approved templates, in which Meta
 * refuses line breaks, tabs and more than four spaces in a row (Meta, error 132018).
 */
export function escapeText(value: string, { multiline }: { multiline: boolean }): string {
  const clean = readable(value)
  const spaced = multiline
    ? clean
        .replace(/[^\S\n]+/g, ' ')
        .replace(/ ?\n ?/g, '\n')
        .replace(/\n{3,}/g, '\n\n')
    : clean.replace(/\s+/g, ' ')
  return withoutBraces(withoutLineMarks(withoutMarks(spaced.trim())))
}

/** Replaces formatting characters, except inside a word (`snake_case`), where they have no effect and codes stay copyable. */
function withoutMarks(text: string): string {
  const characters = [...text]
  return characters
    .map((character, index) => {
      const double = DOUBLES[character]
      if (!double) return character
      const inWord =
        character !== '`' && WORD.test(characters[index - 1] ?? ' ') && WORD.test(characters[index + 1] ?? ' ')
      return inWord ? character : double
    })
    .join('')
}

const withoutLineMarks = (text: string): string => text.replace(/^(?=(?:[>-]|\d{1,3}\.) )/gm, WORD_JOINER)

const withoutBraces = (text: string): string => text.replace(/\{(?=\{|$)/g, `{${WORD_JOINER}`)

/**
 * The URL when it is safe to open, else null: http or https, without user name, password and invisible characters. Characters
 * that WhatsApp might read as formatting are percent-encoded, which is equivalent for servers (RFC 3986, 2.3 and 6.2.2.2).
 */
export function safeUrl(value: string): string | null {
  const text = value.trim()
  if (text.length > 2_000 || text !== readable(text) || /\s/.test(text)) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return null
  const { origin, href } = url
  const rest = href.slice(origin.length).replace(/(?<![\p{L}\p{N}])[*_~`]|[*_~`](?![\p{L}\p{N}])|[{}]/gu, encodeMark)
  const safe = `${origin}${rest}`
  return safe.length <= 2_000 ? safe : null
}

const encodeMark = (mark: string): string => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`

const RTL = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
const LTR = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Devanagari}\p{Script=Han}\p{Script=Hangul}]/u

/** Isolates a value of the other direction, so that it does not reorder numbers and punctuation around it (UAX #9, FSI). */
export function isolate(value: string, direction: 'ltr' | 'rtl'): string {
  const foreign = direction === 'ltr' ? RTL : LTR
  return foreign.test(value) ? `\u2068${value}\u2069` : value
}
