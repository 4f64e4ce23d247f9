/** Whether a text can be stored and comes back unchanged: PostgreSQL takes no NUL, and half a surrogate pair is no UTF-8. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

const SUSPECT_ESCAPE = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i
const UNSTORABLE = /\0|\p{Surrogate}/gu

const stored = (text: string): string => text.replace(UNSTORABLE, '\uFFFD')

/**
 * Reads JSON that somebody outside delivers and nobody can correct: a character that cannot be stored becomes U+FFFD, in
 * texts and keys, so that it does not hold up the rest. Texts of callers themselves are refused instead (graphql/texts.ts).
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function parseStorableJson(text: string): unknown {
  if (!SUSPECT_ESCAPE.test(text)) return JSON.parse(text)
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value === 'string') return stored(value)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    if (Object.keys(value).every(isStorable)) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [stored(key), inner]))
  })
}
