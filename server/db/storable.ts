/** Whether a text can be stored and read unchanged: PostgreSQL refuses NUL, and half a surrogate pair is not valid UTF-8. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

const SUSPECT_ESCAPE = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i
const UNSTORABLE = /\0|\p{Surrogate}/gu

const replaceUnstorable = (text: string): string => text.replace(UNSTORABLE, '\uFFFD')

/**
 * Parses JSON of an outside system whose sender does not correct it, such as a webhook: a character that cannot be stored
 * becomes U+FFFD, in texts and keys, so that it does not block the rest. Texts of API callers are refused instead
 * (graphql/texts.ts).
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function parseStorableJson(text: string): unknown {
  if (!SUSPECT_ESCAPE.test(text)) return JSON.parse(text)
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value === 'string') return replaceUnstorable(value)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    if (Object.keys(value).every(isStorable)) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [replaceUnstorable(key), inner]))
  })
}
