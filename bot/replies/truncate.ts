const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Text with every lone surrogate replaced, so that it can be encoded and stored. */
export const wellFormed = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, '\u{FFFD}')

/** Text without lone surrogates and control characters other than line breaks, trimmed: safe to store and to send. */
export const cleanText = (text: string): string =>
  wellFormed(text)
    // oxlint-disable-next-line no-control-regex -- neither a database nor WhatsApp accepts these characters
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f]/g, ' ')
    .trim()

/**
 * Shortens to at most `max` characters, ending in an ellipsis when something was cut. The limit holds for UTF-16
 * units, hence for code points too, and a visible character (an emoji, a letter with its accent) is never split.
 */
export const truncate = (text: string, max: number): string => {
  if (text.length <= max) return text
  let kept = ''
  for (const { segment } of graphemes.segment(text.slice(0, max * 2))) {
    if (kept.length + segment.length > max - 1) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

/** Cleaned and shortened; `fallback` when nothing is left, for fields that WhatsApp does not accept empty. */
export const fit = (text: string, max: number, fallback = '…'): string => truncate(cleanText(text), max) || fallback
