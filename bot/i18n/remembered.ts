const known = new Map<string, unknown>()
/** More formatters than the languages, locales, currencies and time zones of the shops need. */
const MOST_REMEMBERED = 2_000

/** The formatter of that key, built once: building one takes a hundred times as long as using it. */
export function remembered<Formatter>(key: string, build: () => Formatter): Formatter {
  const found = known.get(key) as Formatter | undefined
  if (found) return found
  const formatter = build()
  if (known.size < MOST_REMEMBERED) known.set(key, formatter)
  return formatter
}
